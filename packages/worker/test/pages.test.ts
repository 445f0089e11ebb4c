import { reasons, refusalKind } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { endedPage, handOverPage, onwardPage, replacedPage } from "../src/entry-pages.ts";
import { escapeHtml, renderPage } from "../src/page-layout.ts";
import { refusalPage } from "../src/pages.ts";

const EVIL = `"><script>alert(1)</script>`;

describe("what stands on a page", () => {
  test("nothing from outside is markup", async () => {
    const refusal = await renderPage(refusalPage({ kind: "fault", reference: EVIL }), { status: 500 }).text();
    const handOver = await renderPage(handOverPage(EVIL), { status: 200 }).text();
    for (const html of [refusal, handOver]) expect(html).not.toContain("<script>alert");
    expect(escapeHtml(`<>&"'`)).toBe("&#60;&#62;&#38;&#34;&#39;");
  });

  test.each(reasons)("%s has words for people and the reference, and not its own name", (reason) => {
    const { title, body } = refusalPage({ kind: refusalKind(reason), reason, reference: "ref-1" });
    expect(title.length).toBeGreaterThan(3);
    expect(body).toContain("Reference: ref-1");
    expect(title + body).not.toContain(reason);
  });

  test("who needs a new link is led to where there are some, and nobody else", () => {
    const renewUrl = "https://portal.example.com/renew?a=1&b=2";
    const bodyOf = (kind: Parameters<typeof refusalPage>[0]["kind"]) =>
      refusalPage({ kind, reference: "r", renewUrl }).body;
    for (const kind of ["no-session", "bad-session", "bad-signature", "used-link"] as const) {
      expect(bodyOf(kind)).toContain('href="https://portal.example.com/renew?a=1&#38;b=2"');
    }
    expect(bodyOf("busy")).not.toContain("href");
  });

  test.each([
    ["token-claim", "This link is not valid"],
    ["token-type", "This link is not valid"],
    ["token-audience", "This link is not valid"],
    ["token-client", "This link does not open from here"],
  ] as const)("%s tells nobody whose link never opened that access has ended", (reason, expected) => {
    expect(refusalPage({ kind: "bad-session", reason, reference: "" }).title).toBe(expected);
  });

  test("a gateway that is down is not said to be the server's controller", () => {
    const unreached = refusalPage({ kind: "unreachable", reason: "gateway-unreachable", reference: "" });
    expect(unreached.title + unreached.body).not.toContain("controller");
    expect(unreached.body).toContain("gateway");
  });

  test("an entry that ended another session says so, and waits to be read", () => {
    const { body, script } = replacedPage({ told: true });
    expect(body).toContain("consoles no longer work");
    expect(script).not.toContain("location.replace");
    expect(replacedPage({ told: false }).body).not.toContain("consoles");
  });

  test.each([
    ["the entry's", onwardPage()],
    ["the one that says what ended", replacedPage({ told: true })],
  ])("%s takes the token out of the address bar", (_, { script }) => {
    expect(script).toContain('history.replaceState(null,"","/")');
  });
});

describe("the headers of a page", () => {
  const headersOf = (...given: Parameters<typeof renderPage>) => renderPage(...given).headers;

  test("kept by nobody, told to nobody, framed by nobody, and no script where there is none", () => {
    const headers = headersOf(endedPage(), { status: 200 });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-frame-options")).toBe("DENY");
    const policy = headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("script-src");
  });

  test("a script's nonce is another one each time, and the page's own", async () => {
    const [one, other] = [0, 1].map(() => renderPage(onwardPage(), { status: 200 }));
    const nonce = /'nonce-([A-Za-z0-9_-]{22})'/.exec(one?.headers.get("content-security-policy") ?? "")?.[1];
    expect(nonce).toBeDefined();
    expect(await one?.text()).toContain(`<script nonce="${nonce}">`);
    expect(other?.headers.get("content-security-policy")).not.toContain(nonce);
  });

  test("in a frame of this host's own pages it shows", () => {
    const headers = headersOf(refusalPage({ kind: "fault", reference: "" }), { status: 500, framed: true });
    expect(headers.get("x-frame-options")).toBe("SAMEORIGIN");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'self'");
  });
});
