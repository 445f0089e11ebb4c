import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { type JournalEntry, pathOf } from "./journal.ts";
import { type OddHandshake, oddHandshake } from "./odd-handshake.ts";
import { plainAnswer } from "./plain-answer.ts";
import { queryValue } from "./query.ts";
import { cookieValue, headerValues } from "./raw-headers.ts";
import type { WebSockets } from "./websockets.ts";

export interface UpgradeParts {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** Bytes that came behind the handshake. */
  readonly rest: Buffer;
  readonly entry: JournalEntry;
  readonly websockets: WebSockets;
  /** Every handshake that would be accepted ends like this. Default: well. */
  readonly odd?: OddHandshake | undefined;
  readonly reject: (reason: string, entry?: JournalEntry) => void;
}

export interface AcceptOptions {
  /** The sub-protocol to answer with; absent: no such header. */
  readonly protocol?: string | undefined;
  /** More headers for the 101 answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request to become a WebSocket, to be accepted or refused. */
export class Upgrade {
  readonly request: IncomingMessage;
  /** The connection itself, for families whose quirk is to answer with other bytes than a WebSocket's. */
  readonly socket: Duplex;
  readonly entry: JournalEntry;
  readonly path: string;
  params: Readonly<Record<string, string>> = {};
  readonly #parts: UpgradeParts;

  constructor(parts: UpgradeParts) {
    this.request = parts.request;
    this.socket = parts.socket;
    this.entry = parts.entry;
    this.path = pathOf(parts.entry.target);
    this.#parts = parts;
  }

  /** The first line of this name. */
  header(name: string): string | undefined {
    return headerValues(this.entry.headers, name)[0];
  }

  cookie(name: string): string | undefined {
    return cookieValue(this.entry.headers, name);
  }

  /** A parameter of the query, decoded; the first of its name. */
  query(name: string): string | undefined {
    return queryValue(this.entry.target, name);
  }

  /** The sub-protocols on offer, in their order. */
  offers(): readonly string[] {
    const lines = headerValues(this.entry.headers, "Sec-WebSocket-Protocol").join();
    return lines.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  }

  /** Answers 101 and hands over the open WebSocket; a handshake that RFC 6455 does not allow is refused with 400 instead. */
  accept(options: AcceptOptions, use: (websocket: WebSocket) => void): void {
    if (this.#parts.odd !== undefined) {
      this.acceptOddly(this.#parts.odd, options.protocol);
      return;
    }
    this.entry.status = 101;
    this.#parts.websockets.accept(this.#parts, options, use);
  }

  /** Answers 101 as if all were well; what comes of it is no WebSocket. `protocol`: the one that would have been chosen. */
  acceptOddly(kind: OddHandshake, protocol?: string): void {
    this.entry.status = 101;
    const answer = oddHandshake(kind, this.header("Sec-WebSocket-Key") ?? "", protocol);
    if (kind === "http-text") this.socket.end(answer);
    else this.socket.write(answer);
  }

  /** Answers with a refusal, counted under `reason`, and closes. */
  refuse(status: number, reason: string, headers: OutgoingHttpHeaders = {}): void {
    this.#parts.reject(reason, this.entry);
    this.entry.status = status;
    this.socket.end(plainAnswer(status, `${reason}\n`, headers));
  }
}
