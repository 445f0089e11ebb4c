import { describe, expect, test } from "vitest";
import type { RawAnswer } from "../../src/doctor/question.ts";
import { gzipQuirk, quirksOf } from "../../src/doctor/quirks.ts";

const answer = (rawHead: string, more: Partial<RawAnswer> = {}): RawAnswer => ({
  ...{ rawHead, status: 200, cut: false, header: () => undefined },
  ...more,
});

describe("an answer's bytes show", () => {
  test.each([
    ["nothing odd", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", []],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", ["http-1.0"]],
    ["line feeds alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\n", ["lf-only"]],
    ["one line feed alone", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", ["lf-only"]],
    ["a length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n", ["duplicate-length"]],
    ["a blank before a colon", "HTTP/1.1 200 OK\r\nX Firmware : 1\r\n\r\n", ["odd-names"]],
    ["no blank in a value", "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\n\r\n", []],
  ])("%s", (_, head, quirks) => {
    expect(quirksOf(answer(head))).toEqual(quirks);
  });

  test("a redirection by an address, and one without", () => {
    const to = (location: string) => answer("HTTP/1.1 302 Found\r\n\r\n", { header: () => location });
    expect(quirksOf(to("https://10.0.0.7/x"))).toEqual(["absolute-location"]);
    expect(quirksOf(to("/x?https://10.0.0.7"))).toEqual([]);
  });

  test("an end before its time", () => {
    expect(quirksOf(answer("HTTP/1.1 200 OK\r\n\r\n", { cut: true }))).toEqual(["cut-answers"]);
  });
});

test.each([
  [200, 404, undefined, ["gzip-or-404"]],
  [404, 404, undefined, []],
  [200, 200, "application/x-gzip", ["gzip-as-file"]],
  [200, 200, "text/html", []],
] as const)("a page that is %i with gzip and %i without, as %s", (packed, plain, type, quirks) => {
  const [one, other] = [answer("", { status: packed }), answer("", { status: plain, header: () => type })];
  expect(gzipQuirk(one, other)).toEqual(quirks);
});
