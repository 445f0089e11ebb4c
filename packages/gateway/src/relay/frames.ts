// Bytes in both directions: WebSocket frame boundaries, the bridge, the upstream handshake, HTTP.
// Nothing here decides; what ends a relay is called from outside.

/** Why a byte stream cannot be WebSocket (RFC 6455, 5). */
export type FrameFault =
  | "reserved-bits"
  | "reserved-opcode"
  | "control-fragmented"
  | "control-too-long"
  | "mask"
  | "fragment-order"
  | "length"
  | "frame-too-large";

export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameRules {
  /** Whether this side must mask (clients must, servers must not; RFC 6455, 5.1). */
  readonly masked: boolean;
  /** Largest payload of one frame, in bytes. */
  readonly maxPayload: number;
}

const MAX_HEADER = 14;

/**
 * Follows one direction of a WebSocket and knows where frames begin and end. Reads headers only: payload is never
 * copied, unmasked or kept.
 */
export class FrameFollower {
  /** Frames whose end has passed. */
  frames = 0;
  /** Data messages whose end has passed. */
  messages = 0;
  /** A close frame has begun: nothing may be added behind it. */
  closing = false;
  fault: FrameFault | undefined;
  /** Of the frame under way, once its header is whole. */
  opcode = 0;
  length = 0;

  readonly #masked: boolean;
  readonly #maxPayload: number;
  /** Of a header that is split over chunks: few are, and an array of its own is dear for all others. */
  #header: Uint8Array | undefined;
  #headerBytes = 0;
  #remaining = 0;
  #fragmented = false;
  #final = true;

  constructor(rules: FrameRules) {
    this.#masked = rules.masked;
    this.#maxPayload = rules.maxPayload;
  }

  /** What was followed so far ends with a whole frame; nothing that shows a fault counts as followed. */
  get atBoundary(): boolean {
    return this.#remaining === 0 && this.#headerBytes === 0;
  }

  /** What was followed so far ends with a whole message: a data frame may follow. */
  get atMessageBoundary(): boolean {
    return this.atBoundary && !this.#fragmented;
  }

  /** The header under way is not whole yet. */
  get inHeader(): boolean {
    return this.#headerBytes > 0;
  }

  /**
   * Follows a whole chunk. Returns how many of its bytes may be passed on: all, or up to the boundary where a fault
   * was seen (`fault` is set then, and stays).
   */
  push(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length) {
      const next = this.advance(chunk, at);
      if (this.fault !== undefined) return at;
      at = next;
    }
    return at;
  }

  /** Follows up to the end of the frame under way or of the chunk; returns the offset reached. */
  advance(chunk: Uint8Array, at: number): number {
    if (this.#remaining > 0) return this.#skip(chunk, at);
    const begin = this.#headerBytes > 0 ? this.#resumeHeader(chunk, at) : this.#readHeader(chunk, at);
    if (this.fault !== undefined || this.#headerBytes > 0) return begin;
    if (this.#remaining === 0) this.#frameEnded();
    return this.#remaining === 0 ? begin : this.#skip(chunk, begin);
  }

  #skip(chunk: Uint8Array, at: number): number {
    const available = chunk.length - at;
    if (available < this.#remaining) {
      this.#remaining -= available;
      return chunk.length;
    }
    const end = at + this.#remaining;
    this.#remaining = 0;
    this.#frameEnded();
    return end;
  }

  #frameEnded(): void {
    this.frames += 1;
    if (this.opcode < Opcode.close && this.#final) this.messages += 1;
  }

  /** The usual case: a header that lies whole in one chunk is read in place. */
  #readHeader(chunk: Uint8Array, at: number): number {
    const available = chunk.length - at;
    this.#checkStart(chunk, at, available);
    if (this.fault !== undefined) return at;
    if (available < 2 || available < headerLength(chunk[at + 1] as number)) {
      this.#gathered().set(chunk.subarray(at), 0);
      this.#headerBytes = available;
      return chunk.length;
    }
    this.#begin(chunk, at);
    return at + headerLength(chunk[at + 1] as number);
  }

  /** A header that was split over chunks is gathered first. */
  #resumeHeader(chunk: Uint8Array, at: number): number {
    const header = this.#gathered();
    let next = at;
    while (next < chunk.length) {
      header[this.#headerBytes] = chunk[next] as number;
      this.#headerBytes += 1;
      next += 1;
      if (this.#headerBytes === 2) this.#checkStart(header, 0, 2);
      if (this.fault !== undefined) return next;
      if (this.#headerBytes >= 2 && this.#headerBytes === headerLength(header[1] as number)) {
        this.#begin(header, 0);
        if (this.fault === undefined) this.#headerBytes = 0;
        return next;
      }
    }
    return next;
  }

  #gathered(): Uint8Array {
    this.#header ??= new Uint8Array(MAX_HEADER);
    return this.#header;
  }

  /** Faults that the first one or two bytes show, so that no garbage waits for a header's rest. */
  #checkStart(bytes: Uint8Array, at: number, available: number): void {
    const first = bytes[at] as number;
    this.fault = startFault(first);
    if (this.fault !== undefined || available < 2) return;
    const second = bytes[at + 1] as number;
    const control = (first & 0x08) !== 0;
    if (((second & 0x80) !== 0) !== this.#masked) this.fault = "mask";
    else if (control && (first & 0x80) === 0) this.fault = "control-fragmented";
    else if (control && (second & 0x7f) > 125) this.fault = "control-too-long";
    else if (!control && ((first & 0x0f) === 0) !== this.#fragmented) this.fault = "fragment-order";
  }

  #begin(bytes: Uint8Array, at: number): void {
    const first = bytes[at] as number;
    const length = payloadLength(bytes, at);
    if (length === undefined) this.fault = "length";
    else if (length > this.#maxPayload) this.fault = "frame-too-large";
    if (length === undefined || this.fault !== undefined) return;
    this.opcode = first & 0x0f;
    this.length = length;
    this.#final = (first & 0x80) !== 0;
    this.#remaining = length;
    if (this.opcode < Opcode.close) this.#fragmented = !this.#final;
    else if (this.opcode === Opcode.close) this.closing = true;
  }
}

function startFault(first: number): FrameFault | undefined {
  if ((first & 0x70) !== 0) return "reserved-bits";
  const opcode = first & 0x0f;
  const known = opcode <= Opcode.binary || (opcode >= Opcode.close && opcode <= Opcode.pong);
  return known ? undefined : "reserved-opcode";
}

/** Bytes of a frame's header, from its second byte (RFC 6455, 5.2). */
function headerLength(second: number): number {
  const code = second & 0x7f;
  const extended = code === 126 ? 2 : code === 127 ? 8 : 0;
  return 2 + extended + ((second & 0x80) !== 0 ? 4 : 0);
}

/** Payload length, or undefined where it has more than 53 bits. */
function payloadLength(bytes: Uint8Array, at: number): number | undefined {
  const code = (bytes[at + 1] as number) & 0x7f;
  if (code < 126) return code;
  if (code === 126) return ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  let length = 0;
  for (let index = 2; index < 10; index++) length = length * 256 + (bytes[at + index] as number);
  return length <= Number.MAX_SAFE_INTEGER ? length : undefined;
}
