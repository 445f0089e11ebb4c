import { describe, expect, test } from "vitest";
import { type HttpRequest, writeHead } from "../../../src/pools/http/request-head.ts";

const request = (parts: Partial<HttpRequest>): HttpRequest => ({
  ...{ method: "GET", path: "/", headers: ["Host", "a"], body: undefined },
  ...parts,
});
const source = { start() {}, resume() {}, stop() {} };

describe("a request's head is written", () => {
  test("as it was given, and says whether the connection is kept", () => {
    const one = request({
      path: "/a//b?c=%2f\xe9",
      headers: ["Host", "a", "X-\xc9cho".replace("\xc9", "E"), "\xe9 b\t"],
    });
    expect(writeHead(one, true).text).toBe(
      "GET /a//b?c=%2f\xe9 HTTP/1.1\r\nHost: a\r\nX-Echo: \xe9 b\t\r\nConnection: keep-alive\r\n\r\n",
    );
    expect(writeHead(one, false).text).toContain("\r\nConnection: close\r\n");
  });

  test.each([
    ["POST", undefined, "Content-Length: 0", false],
    ["DELETE", undefined, undefined, false],
    ["POST", Buffer.from("abc"), "Content-Length: 3", false],
    ["POST", source, "Transfer-Encoding: chunked", true],
  ] as const)("%s with its body's framing", (method, body, line, chunked) => {
    const written = writeHead(request({ method, body }), true);
    const framing = /^(?:Content-Length|Transfer-Encoding):.*$/m.exec(written.text)?.[0].trimEnd();
    expect([framing, written.chunked]).toEqual([line, chunked]);
  });

  test("with the length that the client gave", () => {
    const written = writeHead(request({ method: "POST", headers: ["content-length", "5"], body: source }), true);
    expect(written).toMatchObject({ chunked: false });
    expect(written.text).not.toContain("Transfer-Encoding");
  });
});

test.each([
  ["a method", { method: "GET /x" }],
  ["a path with a blank", { path: "/a b" }],
  ["a path with a line end", { path: "/a\r\nX: y" }],
  ["a path beyond Latin-1", { path: "/\u0100" }],
  ["a name", { headers: ["X y", "1"] }],
  ["a value with a line end", { headers: ["X", "1\r\nY: 2"] }],
  ["a value with NUL", { headers: ["X", "\0"] }],
  ["a value beyond Latin-1, whose low byte would be a line feed", { headers: ["X", "\u010a"] }],
] as const)("%s that would be read as more is not written", (_, parts) => {
  expect(() => writeHead(request(parts), true)).toThrow("internal-error");
});
