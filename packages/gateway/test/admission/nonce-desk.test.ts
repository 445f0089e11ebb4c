import { expect, test } from "vitest";
import { createNonceDesk } from "../../src/admission/nonce-desk.ts";

/** A desk over a store that answers so, what it was asked, and a clock to be set. */
function deskOver(consume: () => Promise<boolean>, onStoreFailure: "allow" | "deny" = "allow") {
  const seen = { asked: 0, unchecked: 0, now: 1_000 };
  const use = createNonceDesk({
    store: {
      consume() {
        seen.asked += 1;
        return consume();
      },
    },
    onStoreFailure,
    onUnchecked: () => {
      seen.unchecked += 1;
    },
    now: () => seen.now,
  });
  return { use, seen };
}

test("the store's word counts", async () => {
  expect(await deskOver(async () => true).use("n", 0)).toEqual({ ok: true, value: true });
  expect(await deskOver(async () => false).use("n", 0)).toMatchObject({ ok: false, reason: "edge-replayed" });
});

test.each([
  ["fails", () => Promise.reject(new Error("away"))],
  ["does not answer", () => new Promise<never>(() => {})],
] as const)("a store that %s is not asked again for a while, and configuration decides", async (_, consume) => {
  const { use, seen } = deskOver(consume, "deny");
  expect(await use("one", 0)).toMatchObject({ ok: false, reason: "store-unavailable" });
  expect(await use("two", 0)).toMatchObject({ ok: false, reason: "store-unavailable" });
  expect(seen).toMatchObject({ asked: 1, unchecked: 1 });
  seen.now += 6;
  await use("three", 0);
  expect(seen.asked).toBe(2);
});
