import { UpstreamFault } from "../fault.ts";
import { type AnswerHead, garbage, type ParsedHead, parseHead } from "./answer-head.ts";
import { ChunkedBody } from "./chunked.ts";

/** Largest head of an answer, in bytes. */
const MAX_HEAD = 32 * 1024;
/** Interim answers before the one that counts (RFC 9110, 15.2): some send a handful, none a flood. */
export const MAX_INTERIM = 16;
const HEAD_END = "\r\n\r\n";
const BEGINNING = Buffer.from("HTTP/1.");
const NOTHING = Buffer.alloc(0);

/** What is told of an answer while it is read. */
export interface AnswerEvents {
  onHead(head: AnswerHead): void;
  /** `payload` is part of what was read; `last`: all of the body has come with it, as far as that shows by then. */
  onData(payload: Buffer, last: boolean): void;
}

/**
 * Reads one answer of a controller as its bytes come: interim answers are passed over, then a head and a body. Throws
 * `controller-garbage` at what is no HTTP/1.1, `controller-reset` where it ends too early.
 */
export class AnswerReader {
  readonly #method: string;
  readonly #events: AnswerEvents;
  readonly #switches: boolean;
  #gathered: Buffer = NOTHING;
  #head: ParsedHead | undefined;
  #interim = 0;
  #left = 0;
  #chunked: ChunkedBody | undefined;
  #begun = false;
  #done = false;

  /**
   * `method`: the request's, since what answers a HEAD has no body. `switches`: an answer 101 was asked for, and is the
   * one that counts.
   */
  constructor(method: string, events: AnswerEvents, { switches = false } = {}) {
    this.#method = method;
    this.#events = events;
    this.#switches = switches;
  }

  /** Whether anything has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The head of the answer that counts, once it has come. */
  get head(): ParsedHead | undefined {
    return this.#head;
  }

  get done(): boolean {
    return this.#done;
  }

  /** Takes what came, and keeps nothing that lies in it; returns how much of it was this answer's. */
  read(bytes: Buffer): number {
    this.#begun = true;
    let at = 0;
    while (at < bytes.length && !this.#done) {
      at = this.#head === undefined ? this.#readHead(bytes, at) : this.#readBody(bytes, at, this.#head);
    }
    return at;
  }

  /** The connection ended, which is the end of some answers. */
  end(): void {
    if (this.#head?.framing !== "close") throw new UpstreamFault("controller-reset", "cut-off");
    this.#done = true;
  }

  #readHead(bytes: Buffer, at: number): number {
    const before = this.#gathered.length;
    const all = before === 0 && at === 0 ? bytes : Buffer.concat([this.#gathered, bytes.subarray(at)]);
    const end = all.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length + 1), "latin1");
    if (end > MAX_HEAD || (end < 0 && all.length > MAX_HEAD)) throw garbage("head-too-large");
    if (end < 0) {
      refuseEarly(all);
      this.#gathered = all === bytes ? Buffer.from(all) : all;
      return bytes.length;
    }
    this.#gathered = NOTHING;
    this.#takeHead(parseHead(all.toString("latin1", 0, end), this.#method));
    return at + end + HEAD_END.length - before;
  }

  #takeHead(head: ParsedHead): void {
    if (head.status === 101 && !this.#switches) throw garbage("unasked-upgrade");
    if (head.status < 200 && head.status !== 101) {
      this.#interim += 1;
      if (this.#interim > MAX_INTERIM) throw garbage("interim-flood");
      return;
    }
    this.#head = head;
    if (head.framing === "chunked") this.#chunked = new ChunkedBody();
    else if (head.framing === "close") this.#left = Number.POSITIVE_INFINITY;
    else this.#left = head.framing;
    this.#done = head.framing === 0;
    this.#events.onHead(head);
  }

  #readBody(bytes: Buffer, at: number, { framing }: ParsedHead): number {
    if (framing === "chunked" && this.#chunked) {
      const next = this.#chunked.read(bytes, at, (payload) => this.#events.onData(payload, false));
      this.#done = this.#chunked.done;
      return next;
    }
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.#done = this.#left === 0;
    this.#events.onData(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end), this.#done);
    return end;
  }
}

/** What can no longer become a head is not waited for. */
function refuseEarly(bytes: Buffer): void {
  const length = Math.min(bytes.length, BEGINNING.length);
  if (bytes.compare(BEGINNING, 0, length, 0, length) !== 0) throw garbage("not-http");
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] !== 0x0d) throw garbage("bare-line-feed");
  }
}
