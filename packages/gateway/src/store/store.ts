// What must outlive a process or be seen by several: revocations, consumed links, who is inside, audit trail, usage,
// remembered platforms.
// One interface; behind it SQLite (a file, or memory) and Redis. What is acknowledged is durable. Nothing is decided here.
import type { AuditStore } from "./audit.ts";
import type { ClockStore } from "./clock.ts";
import type { DirectoryStore } from "./directory.ts";
import type { LinkStore } from "./links.ts";
import type { PlatformStore } from "./platforms.ts";
import type { RevocationStore } from "./revocations.ts";
import type { UsageStore } from "./usage.ts";

/** A store's birth. Another id than before: the store was emptied, and what it knew is lost. */
export interface Epoch {
  readonly id: string;
  /** Seconds since the epoch of time. */
  readonly since: number;
  /** The server process behind it. Another one than before may lack what was written last: it crashed, or took over. */
  readonly run?: string | undefined;
}

/** Every data operation. Each rejects with a {@link StoreError} where the store cannot be reached or is not writable. */
export interface StoreOperations
  extends RevocationStore,
    LinkStore,
    DirectoryStore,
    AuditStore,
    UsageStore,
    PlatformStore,
    ClockStore {
  epoch(): Promise<Epoch>;
  /** Forgets revocations, consumed links and platforms whose time (`now`, seconds, of the store's clock) has come. How many. */
  prune(now: number): Promise<number>;
}

export interface Store extends StoreOperations {
  readonly kind: "memory" | "sqlite" | "redis";
  /**
   * Calls back when there may be new revocations: somebody wrote some, or the store is back after an absence. Returns
   * what ends that.
   */
  onChange(listener: () => void): () => void;
  /** Writes a copy to a new file while running. Only SQLite can. */
  backup?(path: string): Promise<void>;
  /** Harmless when called again. */
  close(): Promise<void>;
}

/** Why the store cannot serve, in words for whoever operates it. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
}

/** The place for the store is not ours to write: nothing is lost, nothing is there. */
export class NoPlaceError extends StoreError {
  override readonly name = "NoPlaceError";
}
