import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, cookiesOf } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { type EdgeBench, edgeToken, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench({ PORTAL_ORIGINS: "https://portal.example.test" });
});
afterAll(() => bench[Symbol.asyncDispose]());

const enter = (token: string, headers: Record<string, string> = {}) =>
  call(bench.edge.url, `/gpsession?token=${token}`, { headers });
const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };

describe("P-07: entry by link", () => {
  test("a good token sets the cookie until it expires and leads to /", async () => {
    const answer = await enter(await edgeToken({}, 300));
    expect(answer.status).toBe(302);
    expect(answer.headers.location).toBe("/");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.headers["referrer-policy"]).toBe("no-referrer");
    const [session = "", id = ""] = answer.headers["set-cookie"] ?? [];
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
    [
      "signed by another key",
      () => mintToken({}, { secret: "another-secret-of-32-bytes-or-more" }),
      "invalid jwt signature",
    ],
    ["expired", () => edgeToken({}, -1), "invalid jwt token"],
    ["for another host", () => edgeToken({ host: "other.example.test" }), "invalid jwt token"],
    ["garbage", async () => "garbage", "invalid jwt token"],
    ["absent", async () => "", "no jwt cookie __Host-pm-session found"],
  ])("a token that is %s is verified before any cookie is set", async (_, make, text) => {
    const answer = await enter(await make());
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({ error: text });
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("an expired link tells a person what to do next", async () => {
    const answer = await enter(await edgeToken({}, -1), NAVIGATION);
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("This link has expired");
    expect(answer.headers["content-type"]).toContain("text/html");
  });

  test("HEAD is no entry: mail scanners open links", async () => {
    const answer = await call(bench.edge.url, `/gpsession?token=${await edgeToken()}`, { method: "HEAD" });
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("entry beside an earlier session", () => {
  test("the same link again keeps the session's id", async () => {
    const token = await edgeToken();
    const first = await enter(token);
    const again = await enter(token, { cookie: cookiesOf(first) });
    expect(cookiesOf(again)).toBe(cookiesOf(first));
    expect(again.headers["clear-site-data"]).toBeUndefined();
  });

  test("another controller's link ends the first session and takes its traces from the host", async () => {
    const first = await enter(await edgeToken({ sub: "a" }));
    const cookie = `${cookiesOf(first)}; SID=1; -http-session-=2; portal=3`;
    const other = await enter(await edgeToken({ ip: "10.20.3.8", sub: "a" }), { ...NAVIGATION, cookie });
    expect(other.headers["clear-site-data"]).toBe('"cache", "storage"');
    expect(other.body).toContain("Your earlier session here has ended");
    const expired = (other.headers["set-cookie"] ?? []).filter((value) => value.includes("Max-Age=0"));
    expect(expired).toEqual(["SID", "-http-session-", "portal"].map((name) => `${name}=; Path=/; Secure; Max-Age=0`));
    const told = bench.origin.last();
    expect([told.method, told.url]).toEqual(["POST", "/gpsession/end?reason=replaced"]);
    expect(told.headers["x-pm-host"]).toBe("10.20.3.7");
    expect(told.headers["x-pm-session"]).toBe(/pm-sid=([^;]+)/.exec(cookiesOf(first))?.[1]);
  });
});

describe("entry by POST", () => {
  const post = async (origin: string | undefined, token: string, cookie = "") =>
    call(bench.edge.url, "/gpsession", {
      method: "POST",
      body: new URLSearchParams({ token }).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(origin === undefined ? {} : { origin }),
        ...(cookie === "" ? {} : { cookie }),
      },
    });

  test("a portal that is listed hands a customer over", async () => {
    const answer = await post("https://portal.example.test", await edgeToken());
    expect(answer.status).toBe(302);
    expect(cookiesOf(answer)).toContain("__Host-pm-session=");
  });

  test.each([["https://evil.example.test"], ["null"], [undefined]])("another origin (%s) does not", async (origin) => {
    const answer = await post(origin, await edgeToken());
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("renewal and end", () => {
  const post = (path: string, cookie: string, options: { token?: string; origin?: string }) =>
    call(bench.edge.url, path, {
      method: "POST",
      body: new URLSearchParams({ token: options.token ?? "" }).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        cookie,
        origin: options.origin ?? bench.edge.url,
      },
    });

  test("a fresh token of the same principal takes the old one's place, under the same id", async () => {
    const entered = cookiesOf(await enter(await edgeToken({ sub: "a" })));
    const fresh = await edgeToken({ sub: "a" }, 900);
    const answer = await post("/gpsession", entered, { token: fresh });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).expires).toBeGreaterThan(Date.now() / 1000 + 800);
    expect(cookiesOf(answer)).toContain(fresh);
    expect(/pm-sid=([^;]+)/.exec(cookiesOf(answer))?.[1]).toBe(/pm-sid=([^;]+)/.exec(entered)?.[1]);
    const told = bench.origin.last();
    expect([told.method, told.url, told.headers["x-pm-renewal"]]).toEqual(["POST", "/gpsession", fresh]);
    expect(told.headers.cookie).toMatch(/^pm-session=ey/);
    expect(told.headers.cookie).not.toContain(fresh);
  });

  test.each([
    ["another sub", { sub: "b" }],
    ["no sub", {}],
    ["another address", { sub: "a", ip: "10.20.3.9" }],
  ])("a token with %s does not", async (_, claims) => {
    const entered = cookiesOf(await enter(await edgeToken({ sub: "a" })));
    const answer = await post("/gpsession", entered, { token: await edgeToken(claims, 900) });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("nor does one without the old cookie", async () => {
    const answer = await post("/gpsession", "", { token: await edgeToken({ sub: "a" }) });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("the session's page ends it: the gateway is told, the cookies go", async () => {
    const entered = cookiesOf(await enter(await edgeToken()));
    const answer = await post("/gpsession/end", entered, {});
    expect(answer.status).toBe(200);
    expect(answer.headers["clear-site-data"]).toBe('"cache", "storage"');
    expect((answer.headers["set-cookie"] ?? []).every((value) => value.includes("Max-Age=0"))).toBe(true);
    expect(bench.origin.last().url).toBe("/gpsession/end");
  });

  test("another site's page cannot", async () => {
    const entered = cookiesOf(await enter(await edgeToken()));
    const before = bench.origin.received.length;
    const answer = await post("/gpsession/end", entered, { origin: "https://evil.example.test" });
    expect(answer.status).toBe(403);
    expect(bench.origin.received.length).toBe(before);
  });
});
