import type { AuditAnchor, AuditEntry, AuditHead, AuditStore } from "../store/audit.ts";
import { anchorSignature, CHAIN_START, type ChainKeys, type ChainPoint, checkpointMac, recordMac } from "./chain.ts";

/** All heads at one moment, authenticated: what was there then must still be there. */
export interface Checkpoint {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly heads: readonly AuditHead[];
  readonly mac: string;
}

/** Something in the trail that is not as it was written. */
export interface AuditFault {
  readonly writer: string;
  readonly seq: number;
  readonly problem: string;
}

export interface Verified {
  readonly writers: number;
  readonly records: number;
  readonly faults: readonly AuditFault[];
}

type Trail = Pick<AuditStore, "auditOf" | "auditHeads" | "auditAnchors">;

const PAGE = 1_000;

/** Walks every chain of the trail, and holds it to a checkpoint where there is one. */
export async function verifyTrail(store: Trail, keys: ChainKeys, checkpoint?: Checkpoint): Promise<Verified> {
  const [heads, anchors] = [await store.auditHeads(), await store.auditAnchors()];
  const faults: AuditFault[] = checkpoint ? [...checkpointFaults(checkpoint, keys)] : [];
  const writers = new Set([...heads, ...anchors, ...(checkpoint?.heads ?? [])].map(({ writer }) => writer));
  let records = 0;
  for (const writer of writers) {
    const walk = new Walk(
      writer,
      keys,
      anchors.find((anchor) => anchor.writer === writer),
    );
    const expected = [checkpoint?.heads, heads].flatMap((list) => list?.filter((head) => head.writer === writer) ?? []);
    records += await walk.go(store, expected);
    faults.push(...walk.faults);
  }
  return { writers: writers.size, records, faults };
}

function checkpointFaults({ at, heads, mac }: Checkpoint, keys: ChainKeys): readonly AuditFault[] {
  const good = keys.some((key) => checkpointMac(key, at, heads) === mac);
  return good ? [] : [{ writer: "", seq: 0, problem: "the checkpoint itself was not made with this AUDIT_KEY" }];
}

/** One writer's chain from its anchor, or its start, on. */
class Walk {
  readonly faults: AuditFault[] = [];
  readonly #writer: string;
  readonly #keys: ChainKeys;
  readonly #begin: ChainPoint;
  #point: ChainPoint;

  constructor(writer: string, keys: ChainKeys, anchor: AuditAnchor | undefined) {
    this.#writer = writer;
    this.#keys = keys;
    this.#begin = anchor ?? CHAIN_START;
    this.#point = this.#begin;
    if (anchor && !keys.some((key) => anchorSignature(key, anchor) === anchor.signature)) {
      this.#fault(anchor.seq, "the anchor was not made with this AUDIT_KEY");
    }
  }

  /** How many records there are. `expected`: points that the chain must go through. */
  async go(store: Trail, expected: readonly AuditHead[]): Promise<number> {
    const macs = new Map(expected.map(({ seq, mac }) => [seq, mac]));
    let count = 0;
    for (let page = await this.#page(store); page.length > 0; page = await this.#page(store)) {
      for (const entry of page) this.#step(entry, macs);
      count += page.length;
    }
    for (const { seq, mac } of expected) {
      if (seq > this.#point.seq) this.#fault(seq, `the chain ends at ${this.#point.seq}: its tail was cut off`);
      else if (seq === this.#begin.seq && mac !== this.#begin.mac) this.#fault(seq, "the anchor is another record's");
    }
    return count;
  }

  #page(store: Trail): Promise<readonly AuditEntry[]> {
    return store.auditOf(this.#writer, this.#point.seq, PAGE);
  }

  #step(entry: AuditEntry, macs: ReadonlyMap<number, string>): void {
    const { seq, mac } = entry;
    if (seq !== this.#point.seq + 1) this.#fault(seq, `records from ${this.#point.seq + 1} on are missing before it`);
    else if (!this.#keys.some((key) => recordMac(key, this.#point.mac, entry) === mac)) {
      this.#fault(seq, "it was changed, or written without this AUDIT_KEY");
    }
    const expected = macs.get(seq);
    if (expected !== undefined && expected !== mac) this.#fault(seq, "it is not the record that was there");
    this.#point = { seq, mac };
  }

  #fault(seq: number, problem: string): void {
    this.faults.push({ writer: this.#writer, seq, problem });
  }
}
