import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FOREVER, KeyTable } from "../../src/admission/key-table.ts";
import { type Marks, Revocations } from "../../src/admission/revocations.ts";
import { type Revocation, revocationKey } from "../../src/store/revocations.ts";

const marks = (more: Partial<Marks> = {}): Marks => ({ revoked: [], ended: [], issuedAt: 1_000, ...more });
const revocation = (value: string, more: Partial<Revocation> = {}): Revocation => ({
  key: revocationKey("jti", value),
  kind: "jti",
  value,
  at: 0,
  ...more,
});

describe("a revocation", () => {
  test("is about what it names, and nothing else", () => {
    const revocations = new Revocations();
    revocations.apply([revocation("a")]);
    expect(revocations.verdict(marks({ revoked: [revocationKey("jti", "a")] }))).toBe("revoked");
    expect(revocations.verdict(marks({ revoked: [revocationKey("jti", "b")] }))).toBeUndefined();
    expect(revocations.verdict(marks({ revoked: [revocationKey("token", "a")] }))).toBeUndefined();
    expect(revocations.verdict(marks({ ended: [revocationKey("jti", "a")] }))).toBe("ended");
  });

  test.each([
    ["issued before", 999, "revoked"],
    ["issued in the same second", 1_000, "revoked"],
    ["issued after", 1_001, undefined],
    ["that does not say when it was issued", undefined, "revoked"],
  ])("with an instant takes what was %s", (_, issuedAt, verdict) => {
    const revocations = new Revocations();
    revocations.apply([revocation("a", { before: 1_000.4 })]);
    expect(revocations.verdict(marks({ revoked: [revocationKey("jti", "a")], issuedAt }))).toBe(verdict);
  });

  test.each([
    ["later", { before: 2_000, until: 9_000 }, { before: 1_000, until: 9_000 }, { before: 2_000, until: 9_000 }],
    ["of any age", { until: 9_000 }, { before: 1_000, until: 9_000 }, { until: 9_000 }],
    ["kept longer", { until: 9_000 }, { until: 8_000 }, { until: 9_000 }],
    ["kept for good", {}, { until: 8_000 }, {}],
    ["stricter in one way", { before: 2_000, until: 8_000 }, { before: 1_000 }, { before: 2_000 }],
  ])("that is %s here than in a store that came back stays so, and is to be written back", (_, here, there, kept) => {
    const revocations = new Revocations();
    revocations.apply([revocation("a", here)]);
    expect(revocations.reconcile([revocation("a", { ...there, note: "why" })])).toEqual([
      revocation("a", { ...kept, note: "why" }),
    ]);
    expect([...revocations.held(0)]).toEqual([{ key: revocationKey("jti", "a"), kind: "jti", at: 0, ...kept }]);
  });

  test.each([
    ["the same, but for the fraction of a second that is not kept", { before: 1_000.4, until: 8_000.4 }],
    ["stricter", { before: 1_002, until: 9_000 }],
  ])("that a store has as %s is taken as it is there", (_, there) => {
    const revocations = new Revocations();
    revocations.apply([revocation("a", { before: 1_000.4, until: 8_000.4 })]);
    expect(revocations.reconcile([revocation("a", there), revocation("b")])).toEqual([]);
    const expected = new Revocations();
    expected.apply([revocation("a", there), revocation("b")]);
    expect(new Set(revocations.held(0))).toEqual(new Set(expected.held(0)));
  });

  test("is written back as it was, but for what it was called", () => {
    const revocations = new Revocations();
    revocations.apply([revocation("a", { before: 1_000, until: 2_000, note: "why" }), revocation("b")]);
    const held = [...revocations.held(5)].sort((one, other) => (one.before ?? 0) - (other.before ?? 0));
    expect(held).toEqual([
      { key: revocationKey("jti", "b"), kind: "jti", before: undefined, until: undefined, at: 5 },
      { key: revocationKey("jti", "a"), kind: "jti", before: 1_000, until: 2_000, at: 5 },
    ]);
  });
});

test("a table of keys holds what a Map would, over growth and forgetting", () => {
  const key = fc.integer({ min: 0, max: 4_000 }).map((n) => revocationKey("jti", String(n)));
  const step = fc.record({ key, until: fc.integer({ min: 1, max: 100 }), prune: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2_000, maxLength: 3_000 }), (steps) => {
      const [table, map] = [new KeyTable(), new Map<string, number>()];
      for (const [index, { key, until, prune }] of steps.entries()) {
        table.set(key, { before: FOREVER, until, kind: 1 });
        map.set(key, until);
        if (!prune || index % 500 !== 0) continue;
        table.prune(50);
        for (const [name, end] of map) if (end <= 50) map.delete(name);
      }
      expect(table.size).toBe(map.size);
      expect(new Map(Array.from(table.entries(), ([name, { until }]) => [name, until]))).toEqual(map);
    }),
    { numRuns: 10 },
  );
});

test("keys that begin alike are kept apart", () => {
  const table = new KeyTable();
  const start = randomBytes(12);
  const keys = Array.from({ length: 50 }, (_, n) => Buffer.concat([start, Buffer.from([0, 0, 0, n])]));
  for (const [n, key] of keys.entries()) table.set(key.toString("base64url"), { before: n, until: 1, kind: 0 });
  expect(keys.map((key) => table.get(key.toString("base64url"))?.before)).toEqual(keys.map((_, n) => n));
});
