import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byName } from "../../src/platforms/headers.ts";

describe("a rule about names", () => {
  const rule = (lower: string) => `said of ${lower}`;

  test("says the same of every spelling, the first time and later", () => {
    const said = byName(rule);
    fc.assert(
      fc.property(fc.array(fc.mixedCase(fc.constantFrom("host", "cookie", "x-pm-host", "constructor"))), (names) => {
        for (const name of names) expect(said(name)).toBe(rule(name.toLowerCase()));
      }),
    );
  });

  test("is asked once about a spelling, in whatever order names come", () => {
    const order = fc.shuffledSubarray(["Host", "host", "Cookie", "Accept", "X-Pm-Host"]);
    fc.assert(
      fc.property(fc.array(order), (messages) => {
        let asked = 0;
        const said = byName((lower) => {
          asked += 1;
          return rule(lower);
        });
        for (const name of messages.flat()) expect(said(name)).toBe(rule(name.toLowerCase()));
        expect(asked).toBe(new Set(messages.flat()).size);
      }),
    );
  });

  test("holds whoever fills its memory with names of his own", () => {
    const asked: string[] = [];
    const said = byName((lower) => {
      asked.push(lower);
      return rule(lower);
    });
    for (let count = 0; count < 5000; count++) expect(said(`X-${count}`)).toBe(rule(`x-${count}`));
    said("Host");
    said("Host");
    expect(asked.filter((name) => name === "host")).toHaveLength(1);
    // The first ones were forgotten to make room.
    said("X-0");
    expect(asked.filter((name) => name === "x-0")).toHaveLength(2);
  });

  test("long names are not remembered", () => {
    const long = "x".repeat(10_000);
    let asked = 0;
    const said = byName((lower) => {
      asked += 1;
      return lower;
    });
    for (let count = 0; count < 3; count++) expect(said(long)).toBe(long);
    expect(asked).toBe(3);
  });
});
