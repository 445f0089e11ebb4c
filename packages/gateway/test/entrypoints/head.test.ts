import { readCookies } from "@sallyport/shared";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHead } from "../../src/entrypoints/web/head.ts";

function cookiesIn(headers: readonly string[], connection?: object) {
  const read = readHead(
    headers.flatMap((header) => ["Cookie", header]),
    connection,
  );
  if (!read.ok) throw new Error(read.reason);
  return read.value.cookies;
}

describe("a request's cookies", () => {
  const header = fc.constantFrom("a=1", "a=2", "a=1; b=2", " a=1", "b=2;a=1", "", ";;");

  test("are those of its own headers, whatever its connection and others brought before", () => {
    const request = fc.record({ connection: fc.constantFrom(0, 1, undefined), headers: fc.array(header) });
    fc.assert(
      fc.property(fc.array(request), (requests) => {
        const connections = [{}, {}];
        for (const { connection, headers } of requests) {
          const of = connection === undefined ? undefined : connections[connection];
          expect(cookiesIn(headers, of)).toEqual(headers.flatMap((text) => readCookies(text)));
        }
      }),
    );
  });

  test("are read once for each connection while the header stays the same", () => {
    const [one, other] = [{}, {}];
    const [first] = cookiesIn(["a=1"], one);
    expect(cookiesIn(["a=1"], one)[0]).toBe(first);
    expect(cookiesIn(["a=1"], other)[0]).not.toBe(first);
    expect(cookiesIn(["a=2"], one)[0]).not.toBe(first);
    expect(cookiesIn(["a=1"])[0]).not.toBe(first);
  });

  test("are not remembered where they are many", () => {
    const connection = {};
    const long = `a=${"1".repeat(5000)}`;
    expect(cookiesIn([long], connection)[0]).not.toBe(cookiesIn([long], connection)[0]);
  });
});
