// HTTP/1.1 with controllers: requests written, answers read strictly, connections kept and shared out.
// What cannot be read in one way only is refused: a controller's answer must mean the same to us and to a browser.
import { UpstreamFault } from "../fault.ts";

/** The head of an answer: names and values in turn, as they came. */
export interface AnswerHead {
  readonly status: number;
  readonly phrase: string;
  readonly headers: readonly string[];
}

/** Where an answer's body ends: after so many bytes, after its last chunk, or with the connection. */
export type Framing = number | "chunked" | "close";

/** What the head says of its body and connection (RFC 9112, 6.3 and 9.3). */
export interface ParsedHead extends AnswerHead {
  readonly framing: Framing;
  readonly persistent: boolean;
  /** For how long the controller says to keep an idle connection, in milliseconds. */
  readonly idleHint: number | undefined;
}

const LINE_END = "\r\n";
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9]{2})(?: (.*))?$/;
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A name that is a token, a colon, and no control character behind it (RFC 9112, 5; RFC 9110, 5.5). */
const FIELD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no line may hold (RFC 9110, 5.5)
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const LENGTH = /^[0-9]{1,15}$/;
const CLOSE = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const KEEP_ALIVE = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const HINT = /(?:^|[,;\t ])timeout=([0-9]{1,9})/i;

export function garbage(code: string): UpstreamFault {
  return new UpstreamFault("controller-garbage", code);
}

/**
 * Reads a head, given as Latin-1 text without its blank line; `method` is the request's. Throws `controller-garbage`
 * where readers could differ: a line that is folded or ends in a bare LF, a name that is no token, two lengths, a
 * length beside a transfer coding, a coding other than `chunked` alone.
 */
export function parseHead(text: string, method: string): ParsedHead {
  const firstEnd = lineEnd(text, 0);
  const start = STATUS_LINE.exec(text.slice(0, firstEnd));
  if (!start || CONTROL.test(start[0])) throw garbage("status-line");
  const headers: string[] = [];
  const fields = new FramingFields();
  for (let at = firstEnd + LINE_END.length; at <= text.length; ) {
    const end = lineEnd(text, at);
    const [name, value] = splitLine(text.slice(at, end));
    headers.push(name, value);
    fields.note(name, value);
    at = end + LINE_END.length;
  }
  const status = Number(start[2]);
  // HTTP/1.0 has no interim answers (RFC 9110, 15.2): a strict reader takes one for the whole, and what follows for nothing.
  if (status < 200 && start[1] === "0") throw garbage("interim-version");
  const framing = fields.framing(status, method);
  return {
    status,
    phrase: start[3] ?? "",
    headers,
    framing,
    persistent: framing !== "close" && fields.persistent(start[1] === "1"),
    idleHint: fields.idleHint,
  };
}

/** Where the line that begins at `from` ends. */
function lineEnd(text: string, from: number): number {
  const end = text.indexOf(LINE_END, from);
  return end < 0 ? text.length : end;
}

/** Name and value of a header or trailer line (RFC 9112, 5). */
export function splitLine(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (!FIELD.test(line)) throw garbage(TOKEN.test(line.slice(0, Math.max(0, colon))) ? "header-value" : "header-name");
  return [line.slice(0, colon), withoutSpace(line, colon + 1)];
}

/** Spaces and tabs only: `trim` would take 0xA0 with them, which is text here. */
function withoutSpace(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start += 1;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end -= 1;
  return line.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Of the names below: most others are passed over by their length alone. */
const FRAMING_NAMES = ["connection", "content-length", "keep-alive", "transfer-encoding"] as const;
const LENGTHS: readonly number[] = FRAMING_NAMES.map(({ length }) => length);

/** The headers that say where the body and the connection end. */
class FramingFields {
  #length: number | undefined;
  #coding: string | undefined;
  #connection = "";
  idleHint: number | undefined;

  note(name: string, value: string): void {
    if (!LENGTHS.includes(name.length)) return;
    switch (name.toLowerCase()) {
      case "content-length":
        if (this.#length !== undefined || !LENGTH.test(value)) throw garbage("content-length");
        this.#length = Number(value);
        break;
      case "transfer-encoding":
        if (this.#coding !== undefined) throw garbage("transfer-coding");
        this.#coding = value.toLowerCase();
        break;
      case "connection":
        this.#connection += `,${value}`;
        break;
      case "keep-alive":
        this.idleHint = idleHint(value);
        break;
      default:
    }
  }

  framing(status: number, method: string): Framing {
    const coded = this.#coding;
    if (coded !== undefined && this.#length !== undefined) throw garbage("length-and-coding");
    if (coded !== undefined && coded !== "chunked" && coded !== "identity") throw garbage("transfer-coding");
    if (method === "HEAD" || status < 200 || status === 204 || status === 304) return 0;
    if (coded !== undefined) return coded === "chunked" ? "chunked" : "close";
    return this.#length ?? "close";
  }

  /** A coding is nothing that HTTP/1.0 knows: what comes behind such an answer is not trusted (RFC 9112, 6.1). */
  persistent(current: boolean): boolean {
    if (CLOSE.test(this.#connection)) return false;
    return current || (this.#coding === undefined && KEEP_ALIVE.test(this.#connection));
  }
}

function idleHint(value: string): number | undefined {
  const [, seconds] = HINT.exec(value) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
