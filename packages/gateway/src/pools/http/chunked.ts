import { garbage, splitLine } from "./answer-head.ts";

/** A size, and perhaps extensions, which are read over (RFC 9112, 7.1.1). */
const SIZE_LINE =
  /^([0-9a-fA-F]{1,13})(?:;[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:=(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"[^"\\]*"))?)*$/;

/** Longest line of each kind, line end included, in bytes; trailers all together. */
const LONGEST = { size: 256, "data-end": 2, trailer: 8 * 1024 } as const;

/** What says where a message ends has no place behind its end (RFC 9110, 6.5.1): strict readers refuse it there. */
const FRAMING = /^(?:content-length|transfer-encoding)$/i;

type State = "data" | "done" | keyof typeof LONGEST;

/** Takes a chunked body apart. Trailers are checked and dropped: nothing behind a body changes what was said before it. */
export class ChunkedBody {
  #state: State = "size";
  #left = 0;
  #line = "";
  #trailers = 0;

  get done(): boolean {
    return this.#state === "done";
  }

  /** Hands on the payload in `bytes` from `at`; returns where the body or the bytes end. Throws `controller-garbage`. */
  read(bytes: Buffer, at: number, take: (payload: Buffer) => void): number {
    let next = at;
    while (next < bytes.length && this.#state !== "done") {
      next = this.#state === "data" ? this.#readData(bytes, next, take) : this.#readLine(bytes, next, this.#state);
    }
    return next;
  }

  #readData(bytes: Buffer, at: number, take: (payload: Buffer) => void): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = "data-end";
    take(bytes.subarray(at, end));
    return end;
  }

  #readLine(bytes: Buffer, at: number, state: keyof typeof LONGEST): number {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    const allowed = LONGEST[state] - this.#trailers - this.#line.length;
    if (end - at > allowed) throw garbage(`chunk-${state}`);
    this.#line += bytes.toString("latin1", at, end);
    if (feed < 0) return end;
    if (!this.#line.endsWith("\r\n")) throw garbage(`chunk-${state}`);
    const line = this.#line.slice(0, -2);
    if (state === "trailer") this.#trailers += this.#line.length;
    this.#line = "";
    this.#state = this.#after(state, line);
    return end;
  }

  #after(state: keyof typeof LONGEST, line: string): State {
    if (state === "data-end") {
      if (line !== "") throw garbage("chunk-data-end");
      return "size";
    }
    if (state === "trailer") {
      if (line === "") return "done";
      const [name] = splitLine(line);
      if (FRAMING.test(name)) throw garbage("chunk-trailer");
      return "trailer";
    }
    const [, size] = SIZE_LINE.exec(line) ?? [];
    if (size === undefined) throw garbage("chunk-size");
    this.#left = Number.parseInt(size, 16);
    return this.#left === 0 ? "trailer" : "data";
  }
}
