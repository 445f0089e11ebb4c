import type { Store } from "../store.ts";
import { openDatabase, storeError, withinTransaction } from "./database.ts";
import { operationsOver, perform } from "./operations.ts";

/** A store that ends with the process and that nobody else sees: for tests, and where nothing may be written. */
export function openMemoryStore(): Store {
  const db = openDatabase(":memory:");
  const listeners = new Set<() => void>();
  let open = true;
  const methods = operationsOver(async (call) => {
    let answer: unknown;
    try {
      withinTransaction(db.database, () => {
        answer = perform(db, call);
      });
    } catch (error) {
      throw storeError(error, "in memory");
    }
    if (call.name === "revoke") for (const listener of listeners) listener();
    return answer;
  });
  return {
    kind: "memory",
    ...methods,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      if (open) db.database.close();
      open = false;
    },
  };
}
