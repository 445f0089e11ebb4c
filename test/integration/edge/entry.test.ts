import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, cookiesOf } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { cookieIn, type EdgeBench, edgeToken, NAVIGATION, obedient, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench({}, { answer: obedient });
});
afterAll(() => bench[Symbol.asyncDispose]());

const enter = (token: string, headers: Record<string, string> = {}) =>
  call(bench.edge.url, `/gpsession?token=${token}`, { headers });

describe("P-07: entry by link", () => {
  test("a good token sets the cookie until it expires and leads to /", async () => {
    const answer = await enter(await edgeToken({}, 300));
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe("/");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["referrer-policy"]).toBe("no-referrer");
    const [session = "", id = ""] = (answer.headers["set-cookie"] ?? []).slice(-2);
    expect(session).toMatch(
      /^__Host-pm-session=ey[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=(29[0-9]|300)$/,
    );
    expect(id).toMatch(
      /^__Host-pm-sid=[A-Za-z0-9_-]{22}; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=(29[0-9]|300)$/,
    );
  });

  test("a browser gets a page that moves on by itself and cannot be kept", async () => {
    const answer = await enter(await edgeToken(), NAVIGATION);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('location.replace("/")');
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["content-security-policy"]).toMatch(/default-src 'none'.*script-src 'nonce-/);
    expect(answer.body).not.toContain("eyJ");
  });

  test.each([
    ["signed by another key", () => mintToken({}, { secret: "another-key-of-32-bytes-or-even-more" }), "signature"],
    ["expired", () => edgeToken({}, -1), "token"],
    ["for another host", () => edgeToken({ host: "other.example.test" }), "token"],
    ["for a client elsewhere", () => edgeToken({ cip: "192.0.2.0/24" }), "token"],
    ["without a gateway", () => edgeToken({ upstream: undefined }), "token"],
    ["garbage", async () => "garbage", "token"],
    ["too long for a cookie", longToken, "token"],
  ])("a token that is %s is refused before any cookie is set", async (_, make, text) => {
    const answer = await enter(await make());
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { error: `invalid jwt ${text}` }]);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("no token at all is no session", async () => {
    const answer = await enter("");
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { error: "no jwt cookie __Host-pm-session found" }]);
  });

  test("an expired link tells a person what to do next", async () => {
    const answer = await enter(await edgeToken({}, -1), NAVIGATION);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("This link has expired");
    expect(answer.headers["content-type"]).toContain("text/html");
  });

  test("HEAD is no entry: mail scanners open links", async () => {
    const before = bench.origin.received.length;
    const answer = await call(bench.edge.url, `/gpsession?token=${await edgeToken()}`, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(bench.origin.received.length).toBe(before);
  });

  test.each(["PUT", "DELETE", "OPTIONS", "PATCH"])(
    "%s is refused, and a link's token goes no further",
    async (method) => {
      const token = await edgeToken();
      const before = bench.origin.received.length;
      expect((await bench.get(token, `/gpsession?token=${token}`, { method })).status).toBe(405);
      expect((await bench.get(token, "/gpsession/end?x", { method })).status).toBe(405);
      expect(bench.origin.received.length).toBe(before);
    },
  );

  test("a dot segment leads to the same route, and not past it", async () => {
    const answer = await call(bench.edge.url, `/x/../gpsession?token=${await edgeToken()}`);
    expect(cookiesOf(answer)).toContain("__Host-pm-session=");
  });
});

/** Well formed, well signed and no longer than tokens may be, but for its cookie's name. */
async function longToken(): Promise<string> {
  const names = ["sub", "tenant", "jti", "renew", "platform"];
  const make = (last: number) =>
    edgeToken({ ...Object.fromEntries(names.map((name) => [name, "x".repeat(500)])), aud: ["a".repeat(last)] });
  const token = await make(1 + Math.floor(((4090 - (await make(1)).length) * 3) / 4));
  expect(token.length).toBeLessThanOrEqual(4096);
  expect(token.length + "__Host-pm-session".length).toBeGreaterThan(4096);
  return token;
}

describe("entry beside an earlier session", () => {
  const sid = (cookies: string) => cookieIn(cookies, "__Host-pm-sid");

  test("the same link again keeps the session's id: two tabs are one session", async () => {
    const token = await edgeToken();
    const first = cookiesOf(await enter(token));
    const again = await enter(token, { cookie: first });
    expect(sid(cookiesOf(again))).toBe(sid(first));
    expect(again.headers["clear-site-data"]).toBeUndefined();
  });

  test("a fresh link of the same customer for the same controller ends nothing and clears nothing", async () => {
    const first = cookiesOf(await enter(await edgeToken({ sub: "a", jti: "1" })));
    const before = bench.origin.received.length;
    const again = await enter(await edgeToken({ sub: "a", jti: "2" }), { cookie: `${first}; SID=1` });
    expect(sid(cookiesOf(again))).not.toBe(sid(first));
    expect(again.headers["clear-site-data"]).toBeUndefined();
    expect((again.headers["set-cookie"] ?? []).join()).not.toContain("SID=");
    expect(bench.origin.received.length).toBe(before);
  });

  test.each([
    ["another address", { ip: "10.20.3.8", sub: "a" }],
    ["another port", { port: 5900, sub: "a" }],
    ["another customer", { sub: "b" }],
  ])("a link for %s ends the first session and takes its traces from the host", async (_, claims) => {
    const first = cookiesOf(await enter(await edgeToken({ sub: "a" })));
    const cookie = `${first}; SID=1; -http-session-=2; pm-session=3`;
    const other = await enter(await edgeToken(claims), { ...NAVIGATION, cookie });
    expect(other.headers["clear-site-data"]).toBe('"cache", "storage"');
    expect(other.body).toContain("Your earlier session here has ended");
    expect(other.body).toContain('history.replaceState(null,"","/")');
    const expired = (other.headers["set-cookie"] ?? []).filter((value) => value.includes("Max-Age=0"));
    expect(expired).toEqual(["SID", "-http-session-"].map((name) => `${name}=; Path=/; Secure; Max-Age=0`));
    const told = bench.origin.last();
    expect([told.method, told.url]).toEqual(["POST", "/gpsession/end?reason=replaced"]);
    expect(told.headers["x-pm-host"]).toBe("10.20.3.7");
    expect(told.headers["x-pm-session"]).toBe(sid(first));
  });

  test("what an expired session left goes too, and nobody is told", async () => {
    const before = bench.origin.received.length;
    const cookie = `__Host-pm-session=${await edgeToken({}, -1)}; SID=1`;
    const answer = await enter(await edgeToken(), { cookie });
    expect(answer.headers["clear-site-data"]).toBe('"cache", "storage"');
    expect((answer.headers["set-cookie"] ?? []).join()).toContain("SID=; Path=/; Secure; Max-Age=0");
    expect(bench.origin.received.length).toBe(before);
  });

  test("a gateway that cannot be told keeps nobody out, and the page claims nothing", async () => {
    const first = cookiesOf(await enter(await edgeToken({ upstream: "nowhere.invalid" })));
    const answer = await enter(await edgeToken({ ip: "10.20.3.8" }), { ...NAVIGATION, cookie: first });
    expect(answer.status).toBe(200);
    expect(cookiesOf(answer)).toContain("__Host-pm-session=ey");
    expect(answer.body).toContain("its pages no longer work");
    expect(answer.body).not.toContain("consoles");
  });
});

describe("in the original's wire", () => {
  test("nothing about sessions is asked of a gateway, which would hand it to the controller", async () => {
    await using legacy = await startEdgeBench({ WIRE: "legacy" });
    const first = cookiesOf(await call(legacy.edge.url, `/gpsession?token=${await edgeToken()}`));
    const link = `/gpsession?token=${await edgeToken({ ip: "10.20.3.8" })}`;
    const other = await call(legacy.edge.url, link, { headers: { ...NAVIGATION, cookie: first } });
    expect(other.body).toContain("Your earlier session here has ended");
    const headers = { cookie: first, origin: legacy.edge.url };
    const token = await edgeToken({}, 900);
    const body = JSON.stringify({ token });
    const renewed = await call(legacy.edge.url, "/gpsession", {
      method: "POST",
      body,
      headers: { ...headers, "content-type": "application/json" },
    });
    expect([renewed.status, cookieIn(cookiesOf(renewed), "__Host-pm-session")]).toEqual([200, token]);
    expect((await call(legacy.edge.url, "/gpsession/end", { method: "POST", headers })).status).toBe(200);
    expect(legacy.origin.received).toEqual([]);
  });
});
