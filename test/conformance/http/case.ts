/** What a message has to do at the gateway. */
export type Expectation =
  /** It is refused with a status of 400 to 501, nothing of it reaches a controller, and the connection closes. */
  | "refused"
  /** It breaks off in the middle of its body: it is refused, and the controller never has the whole of it. */
  | "cut"
  /** Exactly one request reaches the controller, and its answer the client. */
  | "passes";

export interface HttpCase {
  readonly name: string;
  /** What says so; `security` where it is no standard's word but ours. */
  readonly source: string;
  readonly expect: Expectation;
  /** The message's bytes, as Latin-1; `auth` are the header lines by which admission lets a request in. */
  readonly bytes: (auth: string) => string;
  /** What the controller must have been sent, for one that passes. */
  readonly seen?: RegExp;
}

export const EOL = "\r\n";
const HOST = "Host: k7.example.test\r\n";

export interface Message {
  readonly line?: string;
  /** Instead of the Host line. */
  readonly host?: string;
  /** Header lines, each with its end. */
  readonly lines?: string;
  readonly body?: string;
}

/** A message that is in order but for what is given. */
export function message({ line = "GET / HTTP/1.1\r\n", host = HOST, lines = "", body = "" }: Message) {
  return (auth: string) => `${line}${host}${auth}${lines}\r\n${body}`;
}

type Row = readonly [name: string, message: Message, seen?: RegExp];

function table(source: string, expect: Expectation, rows: readonly Row[]): HttpCase[] {
  return rows.map(([name, parts, seen]) => ({
    name,
    source,
    expect,
    bytes: message(parts),
    ...(seen === undefined ? {} : { seen }),
  }));
}

export const refused = (source: string, rows: readonly Row[]): HttpCase[] => table(source, "refused", rows);
export const cut = (source: string, rows: readonly Row[]): HttpCase[] => table(source, "cut", rows);
export const passes = (source: string, rows: readonly Row[]): HttpCase[] => table(source, "passes", rows);
