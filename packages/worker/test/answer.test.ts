import { describe, expect, test } from "vitest";
import { isNavigation, presentAnswer, refuse } from "../src/answer.ts";

const OWN = "__Host-pm-session";
const request = (headers: Record<string, string> = {}) => new Request("https://k7.example.test/", { headers });
const NAVIGATION = { "sec-fetch-mode": "navigate", accept: "text/html" };

describe("what a gateway answers", () => {
  test("passes as it came where there is nothing of ours in it", () => {
    const answer = new Response("x", { headers: { "set-cookie": "a=1" } });
    expect(presentAnswer(request(), answer, { cookie: OWN })).toBe(answer);
  });

  test("loses every header between gateway and edge, and keeps the rest", async () => {
    const headers = new Headers({ "x-pm-request": "r", "x-pm-other": "1", etag: '"1"' });
    for (const cookie of ["a=1", "b=2; Path=/x"]) headers.append("set-cookie", cookie);
    const shown = presentAnswer(request(), new Response("x", { status: 206, headers }), { cookie: OWN });
    expect([...shown.headers.keys()].filter((name) => name.startsWith("x-pm-"))).toEqual([]);
    expect(shown.headers.getSetCookie()).toEqual(["a=1", "b=2; Path=/x"]);
    expect([shown.status, shown.headers.get("etag"), await shown.text()]).toEqual([206, '"1"', "x"]);
  });

  test.each(["__Host-pm-session=x", "pm-session=x", "__Host-pm-sid = x; Path=/", "acme=x", "=__Host-pm-session=x"])(
    "cannot choose its visitor's session: %s",
    (cookie) => {
      const headers = new Headers({ "set-cookie": cookie });
      headers.append("set-cookie", "SID=1");
      const shown = presentAnswer(request(), new Response("x", { headers }), { cookie: "acme" });
      expect(shown.headers.getSetCookie()).toEqual(["SID=1"]);
    },
  );

  test.each(["clear-site-data", "strict-transport-security", "public-key-pins"])(
    "D-9: cannot speak for the provider's whole domain by %s",
    (name) => {
      const answer = new Response("x", { headers: { [name]: '"cookies"' } });
      expect(presentAnswer(request(), answer, { cookie: OWN }).headers.has(name)).toBe(false);
    },
  );

  test("is a page where it is a refusal and a person looks", async () => {
    const answer = new Response("{}", { status: 503, headers: { "x-pm-refusal": "busy", "x-pm-request": "r1" } });
    const shown = presentAnswer(request(NAVIGATION), answer, { cookie: OWN });
    expect([shown.status, shown.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await shown.text()).toContain("Reference: r1");
  });
});

describe("our own no", () => {
  const refusal = { reason: "token-missing", reference: "r1", cookie: "acme" } as const;

  test("P-07: JSON with the original's text for programs, the reference in a header", async () => {
    const answer = refuse(request(), refusal);
    expect([answer.status, await answer.json()]).toEqual([403, { error: "no jwt cookie acme found" }]);
    expect(answer.headers.get("x-request-id")).toBe("r1");
  });

  test.each([
    ["iframe", "same-origin", "SAMEORIGIN"],
    ["frame", "same-origin", "SAMEORIGIN"],
    ["iframe", "cross-site", "DENY"],
    ["iframe", "same-site", "DENY"],
    ["document", "same-origin", "DENY"],
  ])("in a %s of a %s page may be framed: %s", (dest, site, expected) => {
    const headers = { ...NAVIGATION, "sec-fetch-dest": dest, "sec-fetch-site": site };
    expect(refuse(request(headers), refusal).headers.get("x-frame-options")).toBe(expected);
  });
});

test.each([
  [{ "sec-fetch-mode": "navigate" }, true],
  [{ "sec-fetch-mode": "cors", accept: "text/html" }, false],
  [{ accept: "text/html,*/*" }, true],
  [{ accept: "*/*" }, false],
  [{}, false],
])("%o: a person looks: %s", (headers, expected) => {
  expect(isNavigation(request(headers as Record<string, string>))).toBe(expected);
});
