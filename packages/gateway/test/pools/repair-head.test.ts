import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairHead } from "../../src/pools/repair-head.ts";

const repair = (text: string) => repairHead(Buffer.from(text, "latin1"));
const headOf = (text: string) => repair(text)?.head.toString("latin1");

describe("a head is made to fit", () => {
  test("line ends, blanks, folded lines and lines that are no fields", () => {
    const odd = "HTTP/1.0  200  OK \nServer:x\nX-Fold: a\n  b\nno field\nX Odd: 1\n: none\nX-Last : 2\n\nbody";
    expect(headOf(odd)).toBe("HTTP/1.1 200 OK\r\nServer: x\r\nX-Fold: a b\r\nX-Last: 2\r\nConnection: close\r\n\r\n");
  });

  test.each([
    ["one length", "Content-Length: 4\r\n", 4],
    ["the same length twice", "Content-Length: 4\r\ncontent-length: 4\r\n", 4],
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5\r\n", undefined],
    ["a length that is none", "Content-Length: -4\r\n", undefined],
    ["a length beside chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", undefined],
    ["no length", "", undefined],
  ])("%s", (_, fields, bodyLength) => {
    expect(repair(`HTTP/1.1 200 OK\r\n${fields}\r\n`)).toMatchObject({ bodyLength, interim: false });
  });

  test("an answer without a body has none", () => {
    expect(repair("HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n")?.bodyLength).toBe(0);
    expect(repair("HTTP/1.1 100 Continue\n\n")).toMatchObject({ interim: true, bodyLength: 0 });
  });
});

describe("no head is made of", () => {
  test.each([
    "",
    "HTTP/1.1 200 OK\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 99 x\r\n\r\n",
    "\r\n\r\n",
  ])("%j", (text) => {
    expect(repair(text)).toBeUndefined();
  });
});

test("whatever comes, what is made of it is a head that a strict reader takes", () => {
  const line = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("\n", "\r\n"), (lines, end) => {
      const repaired = repair(["HTTP/1.1 200 OK", ...lines, "", ""].join(end));
      const fields = repaired?.head.toString("latin1").split("\r\n").slice(1, -2) ?? [];
      for (const field of fields) expect(field).toMatch(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t\x20-\x7e\x80-\xff]*$/);
    }),
  );
});
