import { sha256 } from "@sallyport/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "../../support/http-client.ts";
import { type EdgeBench, edgeToken, IP, startEdgeBench } from "./support.ts";

/** A session id as the edge makes them. */
const SID = "AAAAAAAAAAAAAAAAAAAAAA";

let bench: EdgeBench;
let token: string;
beforeAll(async () => {
  bench = await startEdgeBench(
    {},
    {
      answer: (request, response) => {
        if (request.url === "/refused") {
          response.writeHead(502, {
            "X-PM-Refusal": "unreachable",
            "X-PM-Request": "ref-1",
            "Content-Type": "application/json",
          });
          response.end('{"error":"x"}');
        } else response.writeHead(200, { "Set-Cookie": ["a=1", "b=2"], "X-Language": "en" }).end(request.body);
      },
    },
  );
  token = await edgeToken();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe("P-07: the edge's own check", () => {
  test.each([
    ["no cookie", undefined, "no jwt cookie __Host-pm-session found"],
    ["a cookie that is no token", "nonsense", "invalid jwt token"],
  ])("%s gets 403 with the original's text", async (_, value, error) => {
    const headers = value === undefined ? {} : { cookie: `__Host-pm-session=${value}` };
    const answer = await call(bench.edge.url, "/x", { headers });
    expect([answer.status, JSON.parse(answer.body)]).toEqual([403, { error }]);
  });

  test("two session cookies are refused", async () => {
    const cookie = `__Host-pm-session=${token}; __Host-pm-session=${token}`;
    expect((await call(bench.edge.url, "/x", { headers: { cookie } })).status).toBe(403);
  });
});

describe("P-08: HTTP to the gateway", () => {
  test("path, query, method and body arrive as sent, the answer comes back as given", async () => {
    const answer = await bench.get(token, "/redfish//v1/a%2Fb?x=%20y&&z", { method: "PUT", body: "body" });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe("body");
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    expect(bench.origin.last()).toMatchObject({ method: "PUT", url: "/redfish//v1/a%2Fb?x=%20y&&z" });
  });

  test("the gateway is told address, port, public host and session; the token goes in its cookie", async () => {
    await bench.get(token, "/", {
      headers: { cookie: `SID=1; __Host-pm-session=${token}; -http-session-=::q; __Host-pm-sid=${SID}` },
    });
    const { headers } = bench.origin.last();
    const { host } = new URL(bench.edge.url);
    expect(headers).toMatchObject({
      "x-pm-host": IP,
      "x-pm-port": new URL(bench.edge.url).port,
      "x-pm-wire": "2",
      "x-pm-session": SID,
      "x-forwarded-host": host,
      "x-forwarded-proto": "http",
      cookie: `pm-session=${token}; SID=1; -http-session-=::q`,
    });
  });

  test.each([
    ["of another form", "__Host-pm-sid=not-an-id!%20zz"],
    ["of a length of its own", `__Host-pm-sid=${"A".repeat(23)}`],
    ["twice", `__Host-pm-sid=${SID}; __Host-pm-sid=${SID}`],
  ])("a session id %s is not passed on: the token's hash stands in", async (_, cookie) => {
    await bench.get(token, "/", { headers: { cookie: `__Host-pm-session=${token}; ${cookie}` } });
    expect(bench.origin.last().headers["x-pm-session"]).toBe(await sha256(token));
  });

  test("nothing that a browser says about the way goes on", async () => {
    const forged = {
      "x-pm-host": "10.0.0.1",
      "x-pm-port": "22",
      "x-pm-assertion": "x",
      "x-pm-renewal": "x",
      "x-forwarded-host": "evil.example.test",
      "x-forwarded-for": "1.2.3.4",
      "x-real-ip": "1.2.3.4",
      "cf-connecting-ip": "1.2.3.4",
      forwarded: "for=1.2.3.4",
    };
    await bench.get(token, "/", { headers: forged });
    const { headers } = bench.origin.last();
    expect(headers["x-pm-host"]).toBe(IP);
    expect(headers["x-pm-port"]).toBe(new URL(bench.edge.url).port);
    expect(headers["x-forwarded-host"]).toBe(new URL(bench.edge.url).host);
    expect([headers["cf-connecting-ip"], headers["x-real-ip"]]).toEqual(["127.0.0.1", "127.0.0.1"]);
    for (const name of ["x-pm-assertion", "x-pm-renewal", "x-forwarded-for", "forwarded"]) {
      expect(headers[name]).toBeUndefined();
    }
  });

  test("X-Auth-Token goes once more under a name that nothing drops", async () => {
    await bench.get(token, "/", { headers: { "x-auth-token": "t0" } });
    expect(bench.origin.last().headers).toMatchObject({ "x-auth-token": "t0", "x-pm-auth-token": "t0" });
  });

  describe("iLO's cookie sessionKey", () => {
    const FETCHED = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" };
    const sent = async (platform: string | undefined, headers: Record<string, string>) => {
      const ilo = await edgeToken(platform === undefined ? {} : { platform });
      await bench.get(ilo, "/", { headers: { cookie: `__Host-pm-session=${ilo}; sessionKey=abc`, ...headers } });
      return bench.origin.last().headers["x-pm-token"];
    };

    test.each(["ilo", "ilo4", "iLO5"])("is X-PM-Token for what a page of %s fetches", async (platform) => {
      expect(await sent(platform, FETCHED)).toBe("abc");
    });

    test.each([
      ["without a platform", undefined, FETCHED],
      ["for another platform", "openbmc", FETCHED],
      [
        "on a navigation, which any site can cause",
        "ilo5",
        { "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate" },
      ],
      ["from no browser", "ilo5", {}],
      ["beside an X-Auth-Token of the page's own", "ilo5", { ...FETCHED, "x-auth-token": "t" }],
    ])("is not, %s", async (_, platform, headers) => {
      expect(await sent(platform, headers)).toBeUndefined();
    });
  });

  test("the token's port goes before the public one", async () => {
    await bench.get(await edgeToken({ port: 5900 }), "/");
    expect(bench.origin.last().headers["x-pm-port"]).toBe("5900");
  });
});

describe("other sites' requests", () => {
  test.each([
    ["POST with a foreign Origin", "POST", { origin: "https://evil.example.test" }],
    ["POST from a sibling host", "POST", { "sec-fetch-site": "same-site" }],
    ["an image of another site", "GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
  ])("%s is refused and goes nowhere", async (_, method, headers) => {
    const before = bench.origin.received.length;
    expect((await bench.get(token, "/", { method, headers })).status).toBe(403);
    expect(bench.origin.received.length).toBe(before);
  });

  test("a link on another site may lead here", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await bench.get(token, "/", { headers })).status).toBe(200);
  });
});

describe("the gateway's refusals", () => {
  test("a person gets a page with the reference", async () => {
    const answer = await bench.get(token, "/refused", {
      headers: { "sec-fetch-mode": "navigate", accept: "text/html" },
    });
    expect(answer.status).toBe(502);
    expect(answer.body).toContain("controller cannot be reached");
    expect(answer.body).toContain("ref-1");
  });

  test("a program gets the JSON, without our headers", async () => {
    const answer = await bench.get(token, "/refused");
    expect([answer.status, answer.body]).toEqual([502, '{"error":"x"}']);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("x-pm-"))).toEqual([]);
  });

  test("no gateway at all is a 502 with a page", async () => {
    const far = await edgeToken({ upstream: "nowhere.invalid" });
    const answer = await bench.get(far, "/", { headers: { "sec-fetch-mode": "navigate", accept: "text/html" } });
    expect(answer.status).toBe(502);
    expect(answer.body).toContain("<h1>");
  });

  test("the next gateway is asked where the first cannot be reached", async () => {
    const several = await edgeToken({ upstream: ["nowhere.invalid", "localhost", "nowhere2.invalid"] });
    expect((await bench.get(several, "/")).status).toBe(200);
  });
});
