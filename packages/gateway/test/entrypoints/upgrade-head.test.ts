import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differenceToNode, readUpgradeByNode } from "../../../../test/support/upgrades.ts";
import { readUpgradeHead } from "../../src/entrypoints/web/upgrade-head.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const START = "GET /websocket/10.0.0.7/443/kvm?headers=e30%3D HTTP/1.1";
const NEEDED = ["Host: k7.example.test", "Upgrade: websocket", "Connection: Upgrade"];
const head = (lines: readonly string[], start = START) => `${[start, ...lines].join("\r\n")}\r\n\r\n`;
const PLAIN = head([...NEEDED, "Cookie: pm-session=a.b.c; x=y"]);

describe("a plain upgrade is read", () => {
  test("as it came: names in their case and order, what may stand twice twice", () => {
    const text = head(["X-a: 1", ...NEEDED, "x-A: 2", "Accept: a, b ; c"]);
    expect(readUpgradeHead(bytes(text))).toEqual({
      method: "GET",
      url: "/websocket/10.0.0.7/443/kvm?headers=e30%3D",
      httpVersion: "1.1",
      rawHeaders: [
        ...["X-a", "1", "Host", "k7.example.test", "Upgrade", "websocket", "Connection", "Upgrade"],
        ...["x-A", "2", "Accept", "a, b ; c"],
      ],
    });
  });

  test.each([
    ["whatever the case of what is needed", head(["HOST: a", "UPGRADE: WebSocket", "connection: upgrade"])],
    ["with every sign in its target", head(NEEDED, `GET /websocket/${signs()} HTTP/1.1`)],
    ["with every sign in a value", head([...NEEDED, `X: ${signs()} ${signs()}`])],
    ["with as many headers as are let in", head([...NEEDED, ...Array.from({ length: 253 }, (_, at) => `X-${at}: 1`)])],
    ["as long as what TLS gives at once", head([...NEEDED, `X: ${"x".repeat(16 * 1024 - head(NEEDED).length - 5)}`])],
  ])("%s", (_, text) => {
    expect(readUpgradeHead(bytes(text))).toBeDefined();
    expect(differenceToNode(bytes(text))).toBeUndefined();
  });
});

describe("left to Node's parser is", () => {
  const without = (name: string) => NEEDED.filter((line) => !line.startsWith(name));
  const beside = (...lines: readonly string[]) => head([...NEEDED, ...lines]);
  test.each([
    ["nothing at all", ""],
    ["half a head", PLAIN.slice(0, -1)],
    ["a head without a line", "\r\n\r\n"],
    ["a request line alone", `${START}\r\n\r\n`],
    ["a head with a frame behind it", `${PLAIN}\x81\x80abcd`],
    ["two heads", `${PLAIN}${PLAIN}`],
    ["a head behind an empty line", `\r\n${PLAIN}`],
    ["another method", PLAIN.replace("GET", "POST")],
    ["a method in lower case", PLAIN.replace("GET", "get")],
    ["another version", PLAIN.replace("HTTP/1.1", "HTTP/1.0")],
    ["a version that is none", PLAIN.replace("HTTP/1.1", "HTTP/1.1x")],
    ["another path", PLAIN.replace("/websocket/", "/websockets/")],
    ["a target in absolute form", PLAIN.replace("/websocket/", "http://a/websocket/")],
    ["two blanks before the target", PLAIN.replace("GET ", "GET  ")],
    ["a blank within the target", PLAIN.replace("/kvm", "/k vm")],
    ["a tab within the target", PLAIN.replace("/kvm", "/k\tvm")],
    ["a control character within the target", PLAIN.replace("/kvm", "/k\x7fvm")],
    ["a sign beyond ASCII within the target", PLAIN.replace("/kvm", "/k\xe9vm")],
    ["a bare line feed behind the request line", PLAIN.replace("\r\n", "\n")],
    ["a bare line feed within a value", beside("X: a\nY: b")],
    ["a bare carriage return within a value", beside("X: a\rY: b")],
    ["a bare carriage return at a value's end", beside("X: a\r")],
    ["NUL within a value", beside("X: a\0b")],
    ["a tab within a value", beside("X: a\tb")],
    ["a sign beyond ASCII within a value", beside("X: \xe9")],
    ["a sign beyond ASCII between others", beside("X: a\xe9b")],
    ["no blank behind a colon", beside("X:a")],
    ["two blanks behind a colon", beside("X:  a")],
    ["a blank behind a value", beside("X: a ")],
    ["an empty value", beside("X: ")],
    ["a folded line", beside("X: a", " b: c")],
    ["a blank before a colon", beside("X : a")],
    ["a name of nothing", beside(": a")],
    ["a name that is no token", beside("X(: a")],
    ["a name beyond ASCII", beside("X\xe9: a")],
    ["a line without a colon", beside("X", "Y: a")],
    ["a last line without a colon", beside("X")],
    ["a length", beside("Content-Length: 5")],
    ["a length of nothing", beside("Content-Length: 0")],
    ["a length in another case", beside("content-LENGTH: 5")],
    ["a transfer coding", beside("Transfer-Encoding: chunked")],
    ["trailers announced", beside("Trailer: x")],
    ["a word that is waited for", beside("Expect: 100-continue")],
    ["another's Connection", beside("Proxy-Connection: close")],
    ["no Host", head(without("Host"))],
    ["two Hosts", beside("Host: other.example.test")],
    ["two Hosts in two cases", beside("hOST: k7.example.test")],
    ["no Upgrade", head(without("Upgrade"))],
    ["two Upgrades", beside("Upgrade: websocket")],
    ["another upgrade", head([...without("Upgrade"), "Upgrade: h2c"])],
    ["a list of upgrades", head([...without("Upgrade"), "Upgrade: h2c, websocket"])],
    ["no Connection", head(without("Connection"))],
    ["two Connections", beside("Connection: close")],
    ["another connection", head([...without("Connection"), "Connection: close"])],
    ["a list of connections", head([...without("Connection"), "Connection: keep-alive, Upgrade"])],
    ["more headers than are let in", beside(...Array.from({ length: 254 }, (_, at) => `X-${at}: 1`))],
    ["more than TLS gives at once", beside(`X: ${"x".repeat(16 * 1024)}`)],
  ])("%s", (_, text) => {
    expect(readUpgradeHead(bytes(text))).toBeUndefined();
  });
});

/** Every character that may stand in a target. */
function signs(): string {
  return String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, at) => at + 0x21));
}

/** Parts of heads, so that many of them are nearly right. */
const line = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("X-A: b", "Cookie: a=b; c=d", "Sec-WebSocket-Version: 13", "x-a: B c") },
  fc.constantFrom(
    ...["Host: b", "Upgrade: websocket", "Connection: Upgrade", "Connection: close", "Upgrade: h2c"],
    ...["Content-Length: 3", "Content-Length: 0", "Transfer-Encoding: chunked", "Proxy-Connection: close"],
    ...["Expect: 100-continue", "TE: trailers", "Trailer: x", "X:a", "X: ", "X:", "X :a", "X: a ", "X:  a", ": a"],
    ...[" folded: x", "\tfolded: x", "", "X", "X: \xe9", "X\xe9: a", "X: a\tb", "X: a\rb", "X: a\nY: b", "X: a\0"],
  ),
  fc.tuple(fc.string({ maxLength: 6 }), fc.string({ maxLength: 6 })).map(([name, value]) => `${name}: ${value}`),
  fc.string({ unit: "binary-ascii", maxLength: 12 }),
);
const start = fc.oneof(
  { weight: 8, arbitrary: fc.constant(START) },
  fc.string({ unit: "binary-ascii", maxLength: 8 }).map((path) => `GET /websocket/${path} HTTP/1.1`),
  fc.constantFrom(
    ...["GET /websocket/ HTTP/1.1", "GET /websocket/#a?b HTTP/1.1", "GET /websocket/a HTTP/1.0", "GET /websocket/a"],
    ...["GET /websocket/a HTTP/1.10", "POST /websocket/a HTTP/1.1", "GET  /websocket/a HTTP/1.1", "GET /a HTTP/1.1"],
  ),
);
const needed = fc.oneof(
  { weight: 6, arbitrary: fc.constant(NEEDED) },
  fc.subarray(["Host: a", "upgrade: WebSocket", "CONNECTION: upgrade"]),
);
const anyHead = fc
  .record({
    start,
    needed,
    lines: fc.array(line, { maxLength: 3 }),
    ending: fc.constantFrom("\r\n\r\n", "\r\n\r\n", "\r\n\r\n", "\n\n", "\r\n\n", "\r\n", ""),
    rest: fc.constantFrom("", "", "", "", "\x81\x80abcd", "\r\n", "GET / HTTP/1.1\r\n\r\n"),
    turn: fc.nat(6),
  })
  .map((one) => {
    const all = [...one.needed, ...one.lines];
    const turn = one.turn % Math.max(1, all.length);
    return bytes([one.start, ...all.slice(turn), ...all.slice(0, turn)].join("\r\n") + one.ending + one.rest);
  });

test("what is read here Node's server reads alike", () => {
  let taken = 0;
  fc.assert(
    fc.property(anyHead, (one) => {
      taken += readUpgradeHead(one) ? 1 : 0;
      expect(differenceToNode(one)).toBeUndefined();
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(200);
});

test("Node's server is asked in earnest: it reads a plain upgrade, and no broken one", () => {
  expect(readUpgradeByNode(bytes(`${PLAIN}xyz`))).toMatchObject({ method: "GET", httpVersion: "1.1", rest: "xyz" });
  expect(readUpgradeByNode(bytes(PLAIN.replace("Host:", "Host :")))).toBeUndefined();
});
