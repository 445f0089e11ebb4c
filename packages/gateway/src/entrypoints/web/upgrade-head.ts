import { byName } from "../../platforms/headers.ts";
import type { Received } from "./received.ts";

/** What TLS gives at once; longer heads come in pieces. */
const MOST_BYTES = 16 * 1024;
/** As many as are let in at all. */
const MOST_HEADERS = 256;

const LINE_END = "\r\n";
const HEAD_END = "\r\n\r\n";
const METHOD = "GET ";
const SEPARATOR = ": ";
/** Printable ASCII, and no blank within the target (RFC 9112, 3). */
const START = /^GET (\/websocket\/[\x21-\x7e]*) HTTP\/1\.1\r\n/;
/**
 * A token (RFC 9110, 5.6.2), a colon, one blank, and printable ASCII with blanks within it only: everything else is
 * read in more ways than one (5.5).
 */
const FIELD = /([!#$%&'*+.^_`|~0-9A-Za-z-]+): ([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)\r\n/y;

/** What stands exactly once in a head that is read here. */
const REQUIRED = { host: /./, connection: /^upgrade$/i, upgrade: /^websocket$/i } as const;
type Required = keyof typeof REQUIRED;
/** By these a body follows, or Node's server answers in a way of its own. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  "content-length",
  "transfer-encoding",
  "trailer",
  "te",
  "expect",
  "keep-alive",
  "proxy-connection",
  "http2-settings",
]);

type Kind = "usual" | "elsewhere" | Required;

const kindOf = byName((lower): Kind => {
  if (ELSEWHERE.has(lower)) return "elsewhere";
  return Object.hasOwn(REQUIRED, lower) ? (lower as Required) : "usual";
});

/**
 * Reads the head of a WebSocket upgrade that came at once and has nothing behind it: the form in which edges send it.
 * Undefined is no refusal: whatever is not of this one plain form, or could be read in more ways than one, is for
 * Node's own parser to judge. What is read here that parser reads alike (a property and a fuzzer hold it to that).
 */
export function readUpgradeHead(bytes: Buffer): Received | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  const text = bytes.toString("latin1");
  const end = text.indexOf(HEAD_END);
  if (end < 0 || end + HEAD_END.length !== text.length) return undefined;
  const [start, target = ""] = START.exec(text) ?? [];
  if (start === undefined) return undefined;
  const rawHeaders = readFields(bytes, text, { from: start.length, to: end + LINE_END.length });
  if (!rawHeaders) return undefined;
  return { method: "GET", url: own(bytes, METHOD.length, target.length), httpVersion: "1.1", rawHeaders };
}

interface Section {
  readonly from: number;
  readonly to: number;
}

function readFields(bytes: Buffer, text: string, { from, to }: Section): readonly string[] | undefined {
  const pairs: string[] = [];
  const required = new RequiredFields();
  let at = from;
  while (at < to) {
    FIELD.lastIndex = at;
    const [line, key, content] = FIELD.exec(text) ?? [];
    if (line === undefined || key === undefined || content === undefined) return undefined;
    const name = own(bytes, at, key.length);
    const value = own(bytes, at + key.length + SEPARATOR.length, content.length);
    if (!required.note(name, value)) return undefined;
    pairs.push(name, value);
    at += line.length;
  }
  return required.complete && pairs.length <= 2 * MOST_HEADERS ? pairs : undefined;
}

/** A string of its own: a part of the head's text would keep all of it for as long as somebody remembers that part. */
function own(bytes: Buffer, from: number, length: number): string {
  return bytes.toString("latin1", from, from + length);
}

/** Counts what must stand once. */
class RequiredFields {
  readonly #seen: Record<Required, boolean> = { host: false, connection: false, upgrade: false };

  get complete(): boolean {
    return this.#seen.host && this.#seen.connection && this.#seen.upgrade;
  }

  /** False where a field is none that may stand here, or not so. */
  note(name: string, value: string): boolean {
    const kind = kindOf(name);
    if (kind === "usual") return true;
    if (kind === "elsewhere" || this.#seen[kind] || !REQUIRED[kind].test(value)) return false;
    this.#seen[kind] = true;
    return true;
  }
}
