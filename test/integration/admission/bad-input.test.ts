import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TEST_SECRET } from "../../support/tokens.ts";
import { type Gate, type SendOptions, startGate } from "./support.ts";

let gate: Gate;
let good: string;
beforeAll(async () => {
  gate = await startGate();
  good = await gate.token();
});
afterAll(() => gate[Symbol.asyncDispose]());

/** The answer, the reason in the log, and that nothing reached the controller. */
async function refused(options: SendOptions): Promise<{ status: number; body: string; reason: string }> {
  const before = gate.reached.length;
  const { status, body } = await gate.send(options);
  const reason = await gate.gateway.nextDenial();
  expect(gate.reached.length).toBe(before);
  return { status, body, reason };
}

const INVALID = { status: 401, body: '{"error":"Invalid token"}' };
const FORBIDDEN = { status: 403, body: '{"error":"Forbidden"}' };
const BAD = { status: 400, body: '{"error":"Bad request"}' };

test("a good one passes", async () => {
  expect((await gate.send({ token: good })).body).toBe("controller");
});

describe("tokens: one answer outside, a reason each inside", () => {
  test.each([
    ["missing", async () => undefined, "token-missing"],
    ["malformed", async () => "not.a.token", "token-malformed"],
    ["unsigned", async () => new UnsecuredJWT({ ip: "127.0.0.1", exp: 9_999_999_999 }).encode(), "token-malformed"],
    [
      "signed by another key",
      () => gate.token({}, { secret: "another-secret-of-32-bytes-or-more" }),
      "token-signature",
    ],
    ["of another algorithm", () => gate.token({}, { alg: "HS512", secret: TEST_SECRET.repeat(2) }), "token-algorithm"],
    ["expired", () => gate.token({}, { expiresIn: -1 }), "token-expired"],
    ["not yet valid", () => gate.token({ nbf: Math.floor(Date.now() / 1000) + 60 }), "token-not-yet-valid"],
    ["for another address", () => gate.token({ ip: "127.0.0.2" }), "target-address"],
    ["for another host", () => gate.token({ host: "other.example.test" }), "token-host"],
    [
      "without an address",
      () => new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setExpirationTime("5m").sign(Buffer.from(TEST_SECRET)),
      "token-claim",
    ],
    ["with a claim of the wrong type", () => gate.token({ max: "many" }), "token-claim"],
    ["with its address in octal", () => gate.token({ ip: "127.0.0.01" }), "target-address-form"],
    ["with a host name for an address", () => gate.token({ ip: "localhost" }), "target-address-form"],
    ["for another client", () => gate.token({ cip: "192.0.2.0/24" }), "token-client"],
  ])("%s", async (_, make, reason) => {
    const token = await make();
    expect(await refused(token === undefined ? {} : { token })).toEqual({ ...INVALID, reason });
  });

  test("for another port", async () => {
    const token = await gate.token({ port: 8443 });
    expect(await refused({ token, headers: { "X-PM-Port": "5900" } })).toEqual({ ...INVALID, reason: "target-port" });
  });

  test("two session cookies, in one header or in two", async () => {
    const pair = `pm-session=${good}`;
    for (const cookie of [`${pair}; ${pair}`, [pair, pair]]) {
      expect(await refused({ headers: { Cookie: cookie } })).toEqual({ ...INVALID, reason: "token-duplicate" });
    }
  });
});

describe("targets", () => {
  test.each([
    "0177.0.0.1",
    "0x7f.0.0.1",
    "127.1",
    "2130706433",
    "127.0.0.1.",
    "::ffff:127.0.0.1",
    "fe80::1%eth0",
    "localhost",
    "127.0.0.1:22",
    "[::1]",
  ])("%s is no address in canonical form", async (address) => {
    const { reason, ...seen } = await refused({ token: good, headers: { "X-PM-Host": address } });
    expect(seen).toEqual(INVALID);
    expect(["target-address-form", "target-address"]).toContain(reason);
  });

  test.each(["10.0.0.7", "169.254.169.254", "8.8.8.8", "224.0.0.1", "0.0.0.0"])(
    "%s is outside the list",
    async (ip) => {
      const token = await gate.token({ ip });
      expect(await refused({ token, headers: { "X-PM-Host": ip } })).toEqual({
        ...FORBIDDEN,
        reason: "target-network",
      });
    },
  );

  test("no target at all has the original's answer (P-04)", async () => {
    expect(await refused({ token: good, headers: { "X-PM-Host": undefined } })).toEqual({
      status: 400,
      body: '{"error":"X-Pm-Host header missing"}',
      reason: "target-missing",
    });
  });
});

describe("requests", () => {
  test.each([
    ["an absolute-form target", { path: "http://169.254.169.254/latest" }, "request-form"],
    ["a body on a GET", { body: "body", headers: { "Content-Length": "4" } }, "request-body"],
    ["a port that is none", { headers: { "X-PM-Port": "0443" } }, "request-form"],
    ["a repeated X-PM-Host", { headers: { "X-PM-Host": ["127.0.0.1", "127.0.0.1"] } }, "request-repeated-header"],
    ["a repeated X-PM-Port", { headers: { "X-PM-Port": ["443", "22"] } }, "request-repeated-header"],
    ["a repeated X-Forwarded-Host", { headers: { "X-Forwarded-Host": ["a", "b"] } }, "request-repeated-header"],
    [
      "a repeated X-Forwarded-Proto",
      { headers: { "X-Forwarded-Proto": ["https", "http"] } },
      "request-repeated-header",
    ],
  ] as const)("%s", async (_, options, reason) => {
    expect(await refused({ token: good, ...options })).toEqual({ ...BAD, reason });
  });

  test("TRACE", async () => {
    expect(await refused({ token: good, method: "TRACE" })).toMatchObject({ status: 405, reason: "request-method" });
  });

  /** Bytes as they are, the whole answer as text. */
  async function raw(text: string): Promise<string> {
    const socket = connect({
      host: "127.0.0.1",
      port: gate.gateway.port,
      ca: gate.gateway.ca,
      servername: "localhost",
    });
    socket.on("error", () => socket.destroy());
    socket.write(text);
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    await once(socket, "close");
    return answer;
  }

  const head = (lines: string[]) =>
    `GET / HTTP/1.1\r\nHost: a\r\nCookie: pm-session=${good}\r\nX-PM-Host: 127.0.0.1\r\n${lines.join("\r\n")}\r\n\r\n`;

  test.each([
    ["two Host headers", () => head(["Host: b", "Connection: close"]), 400, "request-repeated-header"],
    ["CONNECT", () => "CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\n\r\n", 405, "request-method"],
    ["garbage", () => "\u0016\u0003 nonsense\r\n\r\n", 400, "request-form"],
    ["two lengths", () => head(["Content-Length: 1", "Content-Length: 2"]), 400, "request-form"],
    ["length and chunks", () => head(["Content-Length: 1", "Transfer-Encoding: chunked"]), 400, "request-form"],
    ["a head over 64 KiB", () => head([`X: ${"x".repeat(70_000)}`]), 431, "envelope-too-large"],
  ])("%s", async (_, text, status, reason) => {
    expect(await raw(text())).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(await gate.gateway.nextDenial()).toBe(reason);
  });
});

describe("the connection of a request that was refused", () => {
  const head = (method: string, lines: readonly string[]) =>
    `${method} / HTTP/1.1\r\nHost: a\r\nX-PM-Host: 127.0.0.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  const cookie = () => `Cookie: pm-session=${good}`;

  /** Every status that comes for these bytes, until the gateway closes or nothing more is owed. */
  async function statuses(text: string, count: number): Promise<readonly string[]> {
    const { port, ca } = gate.gateway;
    const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
    socket.write(text);
    let answers = "";
    const found = () => answers.match(/(?<=HTTP\/1\.1 )[0-9]{3}/g) ?? [];
    for await (const chunk of socket) {
      answers += chunk;
      if (found().length >= count) break;
    }
    socket.destroy();
    return found();
  }

  test("goes on where there is no body", async () => {
    const text = head("GET", []) + head("GET", ["Content-Length: 0"]) + head("GET", [cookie()]);
    expect(await statuses(text, 3)).toEqual(["401", "401", "200"]);
    expect([await gate.gateway.nextDenial(), await gate.gateway.nextDenial()]).toEqual(Array(2).fill("token-missing"));
  });

  test.each([
    ["a length", "Content-Length: 5"],
    ["chunks", "Transfer-Encoding: chunked"],
  ])("ends where a body of %s is still to come: nobody reads that", async (_, line) => {
    expect(await statuses(head("POST", [line]), 2)).toEqual(["401"]);
    expect(await gate.gateway.nextDenial()).toBe("token-missing");
  });
});

describe("upgrades", () => {
  const pack = (value: unknown) => encodeURIComponent(Buffer.from(JSON.stringify(value), "latin1").toString("base64"));
  const own = { host: "k7.example.test", origin: "https://k7.example.test" };

  async function upgrade(query: string, headers: Record<string, string | readonly string[] | undefined> = {}) {
    return refused({
      token: good,
      path: `/websocket/127.0.0.1/${gate.controllerPort}/kvm${query}`,
      headers: {
        "X-PM-Wire": "2",
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
        ...headers,
      },
    });
  }

  test.each([
    ["no envelope", "", "envelope-missing"],
    ["an envelope that is not base64", "?headers=%%%", "envelope-malformed"],
    ["an envelope that is not JSON", "?headers=bm90IGpzb24=", "envelope-malformed"],
    ["a list for an envelope", `?headers=${pack(["a"])}`, "envelope-malformed"],
    ["a number in it", `?headers=${pack({ host: 1 })}`, "envelope-malformed"],
    ["a forbidden header in it", `?headers=${pack({ ...own, "transfer-encoding": "chunked" })}`, "envelope-header"],
    ["a routing header in it", `?headers=${pack({ ...own, "X-PM-Host": "10.0.0.1" })}`, "envelope-header"],
    ["a control character in it", `?headers=${pack({ ...own, "user-agent": "a\r\nX: y" })}`, "envelope-header"],
    [
      "a header twice in it",
      `?headers=${Buffer.from('{"Host":"a","host":"b"}').toString("base64url")}`,
      "envelope-header",
    ],
  ])("%s", async (_, query, reason) => {
    expect(await upgrade(query)).toEqual({ ...BAD, reason });
  });

  test("an envelope that is too large", async () => {
    expect(await upgrade(`?headers=${pack({ ...own, "user-agent": "x".repeat(14_000) })}`)).toMatchObject({
      status: 431,
      reason: "envelope-too-large",
    });
  });

  test.each([
    ["another version", { "Sec-WebSocket-Version": "8" }],
    ["no key", { "Sec-WebSocket-Key": undefined }],
    ["a short key", { "Sec-WebSocket-Key": "AAAA" }],
  ])("%s", async (_, headers) => {
    expect(await upgrade(`?headers=${pack(own)}`, headers)).toEqual({ ...BAD, reason: "handshake-malformed" });
  });

  test.each([
    ["another site's Origin", { ...own, origin: "https://evil.example.test" }, "origin-foreign"],
    ["the same host without TLS", { ...own, origin: "http://k7.example.test" }, "origin-foreign"],
    ["no Origin", { host: own.host }, "origin-missing"],
  ])("%s", async (_, envelope, reason) => {
    expect(await upgrade(`?headers=${pack(envelope)}`)).toEqual({ ...FORBIDDEN, reason });
  });
});

describe("unsafe requests of other sites", () => {
  test.each([
    ["a foreign Origin", { Origin: "https://evil.example.test" }],
    ["an opaque Origin", { Origin: "null" }],
    ["a sibling's Sec-Fetch-Site", { "Sec-Fetch-Site": "same-site" }],
  ])("%s", async (_, headers) => {
    const seen = await refused({ token: good, method: "POST", headers });
    expect(seen).toEqual({ ...FORBIDDEN, reason: "origin-foreign" });
  });

  test("our own, and a program's without either, pass", async () => {
    for (const headers of [{ Origin: "https://k7.example.test", "Sec-Fetch-Site": "same-origin" }, {}]) {
      expect((await gate.send({ token: good, method: "POST", headers })).status).toBe(200);
    }
  });
});

test("no log line holds a token or a cookie's value", async () => {
  await gate.send({
    token: good,
    path: "/?vck=QUERYSECRET",
    headers: { Cookie: `pm-session=${good}; SID=COOKIESECRET` },
  });
  const lines = JSON.stringify(gate.gateway.lines);
  for (const secret of [good, "COOKIESECRET", "QUERYSECRET", TEST_SECRET]) expect(lines).not.toContain(secret);
});
