import { describe, expect, test } from "vitest";
import { allowBrowserCache } from "../src/cache.ts";
import { takePageEnvelope } from "../src/envelopes.ts";
import { rankGateways } from "../src/gateways.ts";
import { entryPage, escapeHtml, refusalPage } from "../src/pages.ts";
import { createReporter } from "../src/report.ts";
import { expireOthers } from "../src/session-cookies.ts";

describe("the browser's cache (P-10, mended)", () => {
  const get = (path: string, method = "GET") => new Request(`https://k7.example.test${path}`, { method });
  const kept = (request: Request, response: Response) =>
    allowBrowserCache(request, response, 120).headers.get("cache-control");

  test("a file named by its content may be kept by this browser, no longer than the session", () => {
    expect(kept(get("/js/app.9f8e7d6c.js"), new Response("x"))).toBe("private, max-age=120");
  });

  test.each([
    ["a console screenshot", get("/capconsole/scapture0.png"), new Response("x")],
    ["a refusal", get("/js/app.9f8e7d6c.js"), new Response("x", { status: 404 })],
    ["what sets a cookie", get("/js/app.9f8e7d6c.js"), new Response("x", { headers: { "set-cookie": "a=1" } })],
    ["what varies", get("/js/app.9f8e7d6c.js"), new Response("x", { headers: { vary: "cookie" } })],
    ["a POST", get("/js/app.9f8e7d6c.js", "POST"), new Response("x")],
  ])("%s is not", (_, request, response) => {
    expect(kept(request, response)).toBeNull();
  });

  test("the controller's own word stands", () => {
    const answer = new Response("x", { headers: { "cache-control": "no-store" } });
    expect(kept(get("/js/app.9f8e7d6c.js"), answer)).toBe("no-store");
  });
});

describe("gateways", () => {
  test("one address keeps to one gateway while that one is named", async () => {
    const three = await rankGateways("10.0.0.7", ["a", "b", "c"]);
    expect([...three].sort()).toEqual(["a", "b", "c"]);
    expect(await rankGateways("10.0.0.7", ["c", "b", "a"])).toEqual(three);
    const without = three.slice(0, 1).concat(three.slice(2));
    expect((await rankGateways("10.0.0.7", without))[0]).toBe(three[0]);
  });

  test("addresses spread over them", async () => {
    const firsts = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => (await rankGateways(`10.0.0.${index}`, ["a", "b", "c"]))[0]),
    );
    expect(new Set(firsts).size).toBe(3);
  });
});

describe("a page's own headers parameter", () => {
  const pack = (value: unknown) => encodeURIComponent(btoa(JSON.stringify(value)));

  test("what is no envelope is the controller's and stays", () => {
    for (const target of ["/x?headers=abc", "/x?headers=", "/x?a=1&headers=[1]", "/x"]) {
      expect(takePageEnvelope(target)).toEqual({ ok: true, value: { target, headers: {} } });
    }
  });

  test("an envelope is taken out, the rest stays byte for byte", () => {
    const headers = { "x-auth-token": "t" };
    expect(takePageEnvelope(`/x?a=%20&headers=${pack(headers)}&b`)).toEqual({
      ok: true,
      value: { target: "/x?a=%20&b", headers },
    });
  });

  test.each(["cookie", "host", "x-pm-host", "x-forwarded-host", "origin"])("%s is not for a page to set", (name) => {
    expect(takePageEnvelope(`/x?headers=${pack({ [name]: "v" })}`)).toMatchObject({
      ok: false,
      reason: "envelope-header",
    });
  });
});

describe("pages", () => {
  test("nothing from outside is markup", () => {
    const html = refusalPage({ kind: "fault", reference: `"><script>alert(1)</script>` });
    expect(html).not.toContain("<script>alert");
    expect(escapeHtml(`<>&"'`)).toBe("&#60;&#62;&#38;&#34;&#39;");
  });

  test("an entry that ended another session says so and waits", () => {
    const html = entryPage({ nonce: "n", replaced: true });
    expect(html).toContain("earlier session");
    expect(html).not.toContain("location.replace");
  });
});

test("cookies of an earlier controller are expired once each, odd and own names left alone", () => {
  const cookies = ["SID", "SID", "-http-session-", "__Host-pm-session", "__Host-pm-sid", "a b", ""].map((name) => ({
    name,
    value: "1",
    text: `${name}=1`,
  }));
  expect(expireOthers(cookies, "__Host-pm-session")).toEqual([
    "SID=; Path=/; Secure; Max-Age=0",
    "-http-session-=; Path=/; Secure; Max-Age=0",
  ]);
});

describe("error reports", () => {
  test("kind and place, and nothing of the request or the message", async () => {
    const sent: { url: string; body: string }[] = [];
    const take: typeof fetch = async (url, init) => {
      sent.push({ url: String(url), body: String(init?.body) });
      return new Response();
    };
    const reporter = createReporter("https://key1@errors.example.test/prefix/42", take);
    await reporter.report(new TypeError("eyJhbGciOi secret https://k7/?vck=1"), "pass");
    expect(sent[0]?.url).toBe("https://errors.example.test/prefix/api/42/envelope/?sentry_version=7&sentry_key=key1");
    const [, , event = ""] = sent[0]?.body.split("\n") ?? [];
    const { exception, tags } = JSON.parse(event);
    expect(exception.values[0].type).toBe("TypeError");
    expect(exception.values[0].stacktrace.frames.at(-1).filename).toBe("parts.test.ts");
    expect(tags).toEqual({ route: "pass" });
    for (const word of ["secret", "eyJ", "vck", "k7"]) expect(sent[0]?.body).not.toContain(word);
  });

  test("without a DSN nothing is sent", async () => {
    await createReporter(undefined, () => Promise.reject(new Error("called"))).report(new Error("x"), "pass");
  });
});
