import { expect, test } from "vitest";
import { RevocationFeed } from "../../src/admission/revocation-feed.ts";
import { Revocations } from "../../src/admission/revocations.ts";
import { SessionRegistry } from "../../src/admission/sessions.ts";
import { revocationKey } from "../../src/store/revocations.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import type { Epoch, Store } from "../../src/store/store.ts";

const NOW = 100_000;

/** A store that another server process has from now on, which knows something else. */
function moving(first: Store): { readonly store: Store; move(to: Store): void } {
  let current = first;
  let run = 1;
  const store: Store = {
    ...first,
    epoch: async (): Promise<Epoch> => ({ id: "one", since: 0, run: String(run) }),
    revoke: (revocations) => current.revoke(revocations),
    restoreLinks: (links) => current.restoreLinks(links),
    revocationsAfter: (...page) => current.revocationsAfter(...page),
  };
  return {
    store,
    move(to) {
      current = to;
      run++;
    },
  };
}

test("a store that comes back with an older revocation of the same does not put the newer one out of force", async () => {
  const [before, back] = [openMemoryStore(), openMemoryStore()];
  const { store, move } = moving(before);
  const revocations = new Revocations();
  const emptied: number[] = [];
  const registry = new SessionRegistry({
    ...{ now: () => NOW, maxSessions: 1, onEnd() {}, onBytes() {}, onCount() {} },
  });
  const feed = new RevocationFeed({
    ...{ store, revocations, registry, now: () => NOW },
    onStatus(error) {
      if (error) throw error;
    },
    onRenewed: () => {},
    onEmptied: (count) => emptied.push(count),
  });
  const older = { key: revocationKey("all", ""), kind: "all" as const, value: "", before: 1_000, at: 1_000 };
  const newer = { ...older, before: 2_000, at: 2_000 };
  const marks = { revoked: [older.key], ended: [], issuedAt: 1_500 };
  await store.revoke([older]);
  await feed.read();
  await store.revoke([newer]);
  await feed.read();
  expect(revocations.verdict(marks)).toBe("revoked");
  await back.revoke([older]);
  move(back);
  await feed.read();
  expect(revocations.verdict(marks)).toBe("revoked");
  expect((await back.revocationsAfter(0, 10)).revocations).toEqual([{ ...older, before: 2_000 }]);
  expect(emptied).toEqual([1]);
  // And the same again, with nothing lost: nothing is written back.
  move(back);
  await feed.read();
  expect(emptied).toEqual([1]);
  await feed.close();
  registry.close();
  await Promise.all([before.close(), back.close()]);
});
