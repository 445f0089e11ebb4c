import { clientKey } from "./client-key.ts";

/** Handshakes under way, by client: whoever begins many and finishes none may not take the room of all others. */
export class Handshakes {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  /** `most`: of one client at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Returns what ends it, harmless when called again; undefined where this client has too many under way. */
  begin(address: string): (() => void) | undefined {
    const key = clientKey(address);
    const count = this.#open.get(key) ?? 0;
    if (count >= this.#most) return undefined;
    this.#open.set(key, count + 1);
    let open = true;
    return () => {
      if (open) this.#end(key);
      open = false;
    };
  }

  #end(key: string): void {
    const left = (this.#open.get(key) ?? 0) - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}
