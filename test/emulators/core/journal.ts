import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { Changes } from "./changes.ts";
import { leakedNames } from "./leaks.ts";
import { type Header, headerValues, pairHeaders } from "./raw-headers.ts";

/** One request as the controller saw it. */
export interface JournalEntry {
  readonly kind: "request" | "upgrade";
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly method: string;
  /** The request target byte for byte, query included. */
  readonly target: string;
  readonly version: string;
  /** Order, case and repeats as sent. */
  readonly headers: readonly Header[];
  readonly peer: { readonly address: string; readonly port: number };
  readonly tls: { readonly version: string; readonly cipher: string; readonly serverName: string | undefined };
  /** Names of headers and cookies of the gateway's or edge's own that should not have come this far. */
  readonly leaks: readonly string[];
  /** The status that it was answered with, once it was. */
  status?: number;
  /** Why it was refused, if it was. */
  rejection?: string;
}

/** How many requests are kept; the oldest go first. */
const CAPACITY = 10_000;

/** Every request that reached the controller, in the order of arrival. */
export class Journal implements Iterable<JournalEntry> {
  readonly #entries: JournalEntry[] = [];
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  [Symbol.iterator](): Iterator<JournalEntry> {
    return this.#entries[Symbol.iterator]();
  }

  add(kind: JournalEntry["kind"], request: IncomingMessage, at: number): JournalEntry {
    const headers = pairHeaders(request.rawHeaders);
    const entry: JournalEntry = {
      kind,
      at,
      method: request.method ?? "",
      target: request.url ?? "",
      version: request.httpVersion,
      headers,
      leaks: leakedNames(headers),
      peer: { address: request.socket.remoteAddress ?? "", port: request.socket.remotePort ?? 0 },
      tls: describeTls(request.socket),
    };
    this.#entries.push(entry);
    if (this.#entries.length > CAPACITY) this.#entries.shift();
    this.#changes.notify();
    return entry;
  }

  /** The newest request whose target's path is this one. */
  last(path: string): JournalEntry | undefined {
    return this.#entries.findLast((entry) => pathOf(entry.target) === path);
  }

  /** Requests that carry a header of this name: what must never reach a controller is asked for here. */
  withHeader(name: string): JournalEntry[] {
    return this.#entries.filter((entry) => headerValues(entry.headers, name).length > 0);
  }

  clear(): void {
    this.#entries.length = 0;
    this.#changes.notify();
  }
}

/** A request target without its query. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark < 0 ? target : target.slice(0, mark);
}

function describeTls(socket: unknown): JournalEntry["tls"] {
  if (!(socket instanceof TLSSocket)) return { version: "none", cipher: "none", serverName: undefined };
  const { servername } = socket as { servername?: unknown };
  return {
    version: socket.getProtocol() ?? "unknown",
    cipher: socket.getCipher().name,
    serverName: typeof servername === "string" ? servername : undefined,
  };
}
