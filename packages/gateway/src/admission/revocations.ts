import { REVOCATION_KINDS, type Revocation, revocationKey } from "../store/revocations.ts";
import { FOREVER, KeyTable } from "./key-table.ts";

/** By what a session can be put out. */
export interface Marks {
  /** Keys of its token, link, principal, target, name, and of everything. */
  readonly revoked: readonly string[];
  /** Keys under which its own customer ended it. */
  readonly ended: readonly string[];
  /** When its credential was issued, in seconds; undefined counts as long ago. */
  readonly issuedAt: number | undefined;
}

/** The value that a revocation of a principal names: within one tenant, or in whichever. */
export function principalValue(id: string, tenant?: string): string {
  return tenant === undefined ? id : JSON.stringify([tenant, id]);
}

/** The value under which one token's own session was ended. */
export function endedValue(name: string, tokenHash: string): string {
  return `${name} ${tokenHash}`;
}

export const EVERYTHING = revocationKey("all", "");

/** Every revocation in force, to be asked without waiting. */
export class Revocations {
  readonly #table = new KeyTable();

  get size(): number {
    return this.#table.size;
  }

  apply(revocations: readonly Revocation[]): void {
    for (const { key, kind, before, until } of revocations) {
      const entry = { before: seconds(before), until: seconds(until), kind: REVOCATION_KINDS.indexOf(kind) };
      this.#table.set(key, entry);
    }
  }

  /**
   * Applies what a store has that may lack the newest: where what is held here is stricter, that stays in force, also
   * where it was made milder there on purpose, which nobody can tell apart.
   * @returns those that are stricter here, as the store should have them
   */
  reconcile(there: readonly Revocation[]): Revocation[] {
    const stricter: Revocation[] = [];
    for (const one of there) {
      const held = this.#table.get(one.key);
      const before = Math.max(seconds(one.before), held?.before ?? 0);
      const until = Math.max(seconds(one.until), held?.until ?? 0);
      const differs = before > seconds(one.before) || until > seconds(one.until);
      const kept = differs ? { ...one, before: known(before), until: known(until) } : one;
      this.apply([kept]);
      if (differs) stricter.push(kept);
    }
    return stricter;
  }

  /** Whether a session with these marks is out, and why. */
  verdict({ revoked, ended, issuedAt }: Marks): "revoked" | "ended" | undefined {
    const isOut = (key: string) => {
      const before = this.#table.get(key)?.before;
      return before !== undefined && (before === FOREVER || issuedAt === undefined || issuedAt < before);
    };
    if (revoked.some(isOut)) return "revoked";
    return ended.some(isOut) ? "ended" : undefined;
  }

  prune(now: number): void {
    this.#table.prune(now);
  }

  /** All of them, as far as they are known here: without the values, which are not kept. */
  *held(at: number): IterableIterator<Revocation> {
    for (const [key, { before, until, kind }] of this.#table.entries()) {
      const name = REVOCATION_KINDS[kind];
      if (name !== undefined) yield { key, kind: name, before: known(before), until: known(until), at };
    }
  }
}

/** Upwards, so that what was issued in the very second of a revocation is out. */
function seconds(instant: number | undefined): number {
  return instant === undefined ? FOREVER : Math.max(0, Math.min(Math.ceil(instant), FOREVER - 1));
}

function known(word: number): number | undefined {
  return word === FOREVER ? undefined : word;
}
