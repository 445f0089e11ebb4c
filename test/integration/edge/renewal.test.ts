import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, cookiesOf } from "../../support/http-client.ts";
import { cookieIn, type EdgeBench, edgeToken, NAVIGATION, obedient, present, startEdgeBench } from "./support.ts";

let refusing = false;
let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench(
    {},
    {
      answer: (request, response) => {
        if (refusing) response.writeHead(401, { "x-pm-refusal": "bad-session" }).end("{}");
        else obedient(request, response);
      },
    },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

const enter = async (claims: Parameters<typeof edgeToken>[0]) =>
  cookiesOf(await call(bench.edge.url, `/gpsession?token=${await edgeToken(claims)}`));

const post = (
  path: string,
  cookie: string,
  options: { token?: string; headers?: Record<string, string | undefined> },
) =>
  call(bench.edge.url, path, {
    method: "POST",
    body: new URLSearchParams({ token: options.token ?? "" }).toString(),
    headers: present({
      "content-type": "application/x-www-form-urlencoded",
      cookie,
      origin: bench.edge.url,
      ...options.headers,
    }),
  });

describe("renewal", () => {
  test("a fresh token of the same principal takes the old one's place, under the same id", async () => {
    const entered = await enter({ sub: "a" });
    const fresh = await edgeToken({ sub: "a" }, 900);
    const answer = await post("/gpsession", entered, { token: fresh });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).expires).toBeGreaterThan(Date.now() / 1000 + 800);
    expect(cookieIn(cookiesOf(answer), "__Host-pm-session")).toBe(fresh);
    expect(cookieIn(cookiesOf(answer), "__Host-pm-sid")).toBe(cookieIn(entered, "__Host-pm-sid"));
    const told = bench.origin.last();
    expect([told.method, told.url, told.headers["x-pm-renewal"]]).toEqual(["POST", "/gpsession", fresh]);
    expect(told.headers.cookie).toBe(`pm-session=${cookieIn(entered, "__Host-pm-session")}`);
  });

  test.each([
    ["another sub", { sub: "b" }],
    ["no sub", {}],
    ["another address", { sub: "a", ip: "10.20.3.9" }],
    ["another tenant", { sub: "a", tenant: "t" }],
  ])("a token with %s does not", async (_, claims) => {
    const entered = await enter({ sub: "a" });
    const before = bench.origin.received.length;
    const answer = await post("/gpsession", entered, { token: await edgeToken(claims, 900) });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(bench.origin.received.length).toBe(before);
  });

  test.each([
    ["without the old cookie", "", {}],
    ["with an expired one", undefined, {}],
    ["from a page of another site", "", { origin: "https://evil.example.test" }],
    ["from a sibling host's page", "", { "sec-fetch-site": "same-site" }],
  ])("nor does one %s", async (_, cookie, headers) => {
    const old = cookie ?? `__Host-pm-session=${await edgeToken({ sub: "a" }, -1)}`;
    const answer = await post("/gpsession", old, { token: await edgeToken({ sub: "a" }), headers });
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("what the gateway does not take the browser does not keep", async () => {
    const entered = await enter({ sub: "a" });
    refusing = true;
    const answer = await post("/gpsession", entered, { token: await edgeToken({ sub: "a" }, 900) });
    refusing = false;
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });
});

describe("the end", () => {
  test("the session's page ends it: the gateway is told, the cookies go", async () => {
    const entered = `${await enter({})}; SID=1`;
    const answer = await post("/gpsession/end", entered, {});
    expect(answer.status).toBe(200);
    expect(answer.headers["clear-site-data"]).toBe('"cache", "storage"');
    const gone = (answer.headers["set-cookie"] ?? []).map((value) => /^([^=]+)=;.*Max-Age=0$/.exec(value)?.[1]);
    expect(gone).toEqual(["SID", "__Host-pm-session", "__Host-pm-sid"]);
    expect(bench.origin.last().url).toBe("/gpsession/end");
  });

  test("a person sees a page", async () => {
    const answer = await post("/gpsession/end", await enter({}), { headers: NAVIGATION });
    expect(answer.body).toContain("Session ended");
  });

  test.each([
    ["another site's page", { origin: "https://evil.example.test" }],
    ["a page that hides where it is", { origin: "null" }],
    ["a sibling host's page", { "sec-fetch-site": "same-site" }],
    ["who does not say where she is", { origin: undefined }],
  ])("%s cannot", async (_, headers) => {
    const entered = await enter({});
    const before = bench.origin.received.length;
    const answer = await post("/gpsession/end", entered, { headers });
    expect(answer.status).toBe(403);
    expect(bench.origin.received.length).toBe(before);
  });
});
