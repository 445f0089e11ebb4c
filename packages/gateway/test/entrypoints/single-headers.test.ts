import { describe, expect, test } from "vitest";
import { isSingle, SingleHeaders } from "../../src/entrypoints/web/single-headers.ts";

describe("headers that stand once", () => {
  test.each(["host", "x-pm-host", "x-pm-of-no-meaning"])("a second %s is refused, and the first one holds", (name) => {
    const headers = new SingleHeaders();
    expect(headers.has(name)).toBe(false);
    expect(headers.add(name, "one")).toBe(true);
    expect(headers.add(name, "two")).toBe(false);
    expect(headers.get(name)).toBe("one");
  });

  test("one without a value is there, too", () => {
    const headers = new SingleHeaders();
    expect(headers.add("x-pm-port", "")).toBe(true);
    expect(headers.has("x-pm-port")).toBe(true);
    expect(headers.add("x-pm-port", "443")).toBe(false);
  });

  test("they are those that are read, and all of ours", () => {
    expect(["host", "cf-connecting-ip", "x-pm-anything"].every(isSingle)).toBe(true);
    expect(["accept", "set-cookie", "cookie"].some(isSingle)).toBe(false);
  });

  test("they do not mix between requests", () => {
    const first = new SingleHeaders();
    first.add("host", "one");
    first.add("x-pm-of-no-meaning", "one");
    const second = new SingleHeaders();
    expect(second.has("host")).toBe(false);
    expect(second.has("x-pm-of-no-meaning")).toBe(false);
  });
});
