import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differenceToLlhttp, readAnswer } from "../../../../../test/support/answers.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");
const read = (text: string, method?: string) => readAnswer([bytes(text)], method);
const OK = "HTTP/1.1 200 OK\r\n";

describe("an answer is read", () => {
  test.each([
    ["with a length", `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1`, { body: "ok", end: 40 }],
    ["with no body", `${OK}Content-Length: 0\r\n\r\n`, { body: "", end: 38 }],
    ["in chunks", `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, { body: "ok", end: 59 }],
    [
      "in chunks with extensions and trailers",
      `${OK}Transfer-Encoding: Chunked\r\n\r\n2;a=b;c\r\nok\r\n00\r\nX: y\r\n\r\nz`,
      { body: "ok", end: 72 },
    ],
    ["until the connection ends", `${OK}X: y\r\n\r\nall of it`, { body: "all of it", end: undefined }],
    [
      "behind interim ones",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\na`,
      { body: "a" },
    ],
    ["without a phrase", "HTTP/1.0 404\r\nContent-Length: 1\r\n\r\na", { status: 404, body: "a" }],
    ["to 304, which has no body", "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", { body: "", end: 38 }],
  ] as const)("%s", (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  test("to HEAD, without the body that it speaks of", () => {
    expect(read(`${OK}Content-Length: 7\r\n\r\n`, "HEAD")).toMatchObject({ body: "", end: 38 });
  });

  test("with values as they stand, spaces and tabs around them taken off, and nothing else", () => {
    expect(read(`${OK}A: \t \xa0b c\xa0\t \r\nB:\r\nContent-Length: 0\r\n\r\n`)).toMatchObject({
      headers: ["A", "\xa0b c\xa0", "B", "", "Content-Length", "0"],
    });
  });
});

describe("an answer is refused", () => {
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  test.each([
    ["that is no HTTP", "SSH-2.0-x\r\n", "not-http"],
    ["of HTTP/2", "HTTP/2 200\r\n\r\n", "status-line"],
    ["with a bare line feed", "HTTP/1.1 200 OK\nA: b\r\n\r\n", "status-line"],
    ["with a bare line feed, before its head is whole", "HTTP/1.1 200 OK\nA", "bare-line-feed"],
    ["with a bare carriage return", `${OK}A: b\rC: d\r\n\r\n`, "header-value"],
    ["with NUL in a value", `${OK}A: b\0\r\n\r\n`, "header-value"],
    ["with a folded line", `${OK}A: b\r\n c\r\n\r\n`, "header-name"],
    ["with a blank before the colon", `${OK}A : b\r\n\r\n`, "header-name"],
    ["with a line without colon", `${OK}A\r\n\r\n`, "header-name"],
    ["with two lengths", `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, "content-length"],
    ["with a list of lengths", `${OK}Content-Length: 1, 1\r\n\r\na`, "content-length"],
    ["with a signed length", `${OK}Content-Length: +1\r\n\r\na`, "content-length"],
    ["with a length in hexadecimal", `${OK}Content-Length: 0x1\r\n\r\na`, "content-length"],
    ["with an empty length", `${OK}Content-Length:\r\n\r\na`, "content-length"],
    ["with a length beyond numbers", `${OK}Content-Length: 9999999999999999\r\n\r\na`, "content-length"],
    ["with length and chunks", `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, "length-and-coding"],
    ["with another coding", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, "transfer-coding"],
    ["with two codings", `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`, "transfer-coding"],
    ["that switches protocols unasked", "HTTP/1.1 101 Go\r\nUpgrade: x\r\n\r\n", "unasked-upgrade"],
    [
      "with an interim one that its version does not know",
      "HTTP/1.0 100 Go\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
      "interim-version",
    ],
    ["behind a flood of interim ones", "HTTP/1.1 100 Go\r\n\r\n".repeat(40), "interim-flood"],
    ["with a head that never ends", `${OK}A: ${"x".repeat(40_000)}`, "head-too-large"],
    ["with a large head", `${OK}A: ${"x".repeat(40_000)}\r\n\r\n`, "head-too-large"],
    ["with a chunk of no size", `${chunked}\r\n`, "chunk-size"],
    ["with a negative chunk", `${chunked}-1\r\n`, "chunk-size"],
    ["with a blank behind a chunk's size", `${chunked}1 \r\na\r\n`, "chunk-size"],
    ["with a chunk's line that ends in a bare line feed", `${chunked}1\na\r\n`, "chunk-size"],
    ["with a chunk that is longer than it says", `${chunked}1\r\nab\r\n`, "chunk-data-end"],
    ["with extensions without end", `${chunked}1;${"x".repeat(400)}`, "chunk-size"],
    ["with a trailer that is none", `${chunked}0\r\nX\r\n\r\n`, "header-name"],
    ["with a length behind its end", `${chunked}0\r\nContent-Length: 2\r\n\r\n`, "chunk-trailer"],
    ["with a coding behind its end", `${chunked}0\r\nTransfer-Encoding: chunked\r\n\r\n`, "chunk-trailer"],
    ["with trailers without end", `${chunked}0\r\n${"X: y\r\n".repeat(2_000)}`, "chunk-trailer"],
    ["that is cut in its head", "HTTP/1.1 200 OK\r\nA:", "cut-off"],
    ["that is cut in its body", `${OK}Content-Length: 5\r\n\r\nhalf`, "cut-off"],
    ["that is cut between chunks", `${chunked}1\r\na\r\n`, "cut-off"],
  ])("%s", (_, text, refused) => {
    expect(read(text)).toEqual({ refused });
  });
});

/** Parts of answers, so that many of them are nearly right. */
const line = fc.oneof(
  fc.constantFrom(
    "Content-Length: 3",
    "Content-Length: 0",
    "content-length:\t3 ",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "Connection: close",
    "Connection: keep-alive, x",
    "Upgrade: websocket",
    "X: \xe9\xa0",
    "A:",
    " folded",
    ": none",
    "",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 12 }),
);
const part = fc.oneof(
  fc.constantFrom(
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "0\r\nT: x\r\n\r\n",
    "1;e\r\na\r\n",
    '1;e="q"\r\na\r\n',
    "F\r\n",
    "abc",
    "\r\n",
    "\n",
    "0",
  ),
  fc.string({ unit: "binary-ascii", maxLength: 6 }),
);
const answer = fc
  .record({
    start: fc.constantFrom(
      "HTTP/1.1 200 OK",
      "HTTP/1.0 200 OK",
      "HTTP/1.1 204 No",
      "HTTP/1.1 304",
      "HTTP/1.1 100 C",
      "HTTP/1.1 099 X",
      "HTTP/1.1 200",
      "HTTP/1.1  200 OK",
      "HTTP/1.1 2000 OK",
    ),
    lines: fc.array(line, { maxLength: 4 }),
    parts: fc.array(part, { maxLength: 4 }),
    ending: fc.constantFrom("\r\n", "\r\n", "\r\n", "\n", "\r"),
  })
  .map(({ start, lines, parts, ending }) =>
    bytes([start, ...lines, "", ""].join("\r\n").replace(/\r\n$/, ending) + parts.join("")),
  );
const method = fc.constantFrom("GET", "GET", "HEAD", "POST");

test("what is read is what llhttp reads, and it ends where llhttp says", () => {
  let taken = 0;
  fc.assert(
    fc.property(answer, method, (one, asked) => {
      taken += "refused" in readAnswer([one], asked) ? 0 : 1;
      expect(differenceToLlhttp(one, asked)).toBeUndefined();
    }),
    { numRuns: 3_000 },
  );
  expect(taken).toBeGreaterThan(100);
});

test("however an answer is split, it reads the same", () => {
  fc.assert(
    fc.property(answer, method, fc.array(fc.nat(80), { maxLength: 6 }), (one, asked, cuts) => {
      const points = [0, ...cuts.map((cut) => Math.min(cut, one.length)).sort((a, b) => a - b), one.length];
      const pieces = points.slice(1).map((point, index) => one.subarray(points[index], point));
      const whole = readAnswer([one], asked);
      const split = readAnswer(pieces, asked);
      // A line feed that should not be there is called by its name as soon as it comes.
      if ("refused" in whole) expect("refused" in split).toBe(true);
      else expect(split).toEqual(whole);
    }),
    { numRuns: 1_000 },
  );
});
