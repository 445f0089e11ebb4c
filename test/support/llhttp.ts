import { createRequire } from "node:module";

/** What is used of Node's own parser, which is llhttp; it has no documented face. */
interface Parser {
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  finish(): Error | undefined;
  free(): void;
  /** Lets go of its memory, which no garbage collection does. */
  close(): void;
  [hook: number]: unknown;
}

interface ParserClass {
  new (): Parser;
  readonly RESPONSE: number;
  readonly kOnHeaders: number;
  readonly kOnHeadersComplete: number;
  readonly kOnBody: number;
  readonly kOnMessageComplete: number;
}

const { HTTPParser } = createRequire(import.meta.url)("_http_common") as { HTTPParser: ParserClass };

/** An answer as a reader read it. */
export interface ReadAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  /** Latin-1. */
  readonly body: string;
  /** Where it ended in the bytes; undefined: with the connection. */
  readonly end: number | undefined;
}

const SKIP_BODY = 1;

/** The first answer in `bytes` that is not interim, read strictly and byte by byte; undefined: it is refused. */
export function readByLlhttp(bytes: Buffer, method: string): ReadAnswer | undefined {
  const parser = new HTTPParser();
  parser.initialize(HTTPParser.RESPONSE, {});
  const seen = { status: 0, headers: [] as string[], body: "", done: false };
  hook(parser, seen, method);
  try {
    for (let at = 0; at < bytes.length; at += 1) {
      if (typeof parser.execute(bytes.subarray(at, at + 1)) !== "number") return undefined;
      if (seen.done) return { status: seen.status, headers: seen.headers, body: seen.body, end: at + 1 };
    }
    if (parser.finish() !== undefined || !seen.done) return undefined;
    return { status: seen.status, headers: seen.headers, body: seen.body, end: undefined };
  } finally {
    parser.free();
    parser.close();
  }
}

interface Seen {
  status: number;
  headers: string[];
  body: string;
  done: boolean;
}

function hook(parser: Parser, seen: Seen, method: string): void {
  let pending: string[] = [];
  parser[HTTPParser.kOnHeaders] = (headers: string[]) => {
    pending.push(...headers);
  };
  parser[HTTPParser.kOnHeadersComplete] = (...parts: unknown[]) => {
    seen.status = parts[5] as number;
    seen.headers = (parts[2] as string[] | undefined) ?? pending;
    pending = [];
    return method === "HEAD" && seen.status >= 200 ? SKIP_BODY : 0;
  };
  parser[HTTPParser.kOnBody] = (chunk: Buffer) => {
    seen.body += chunk.toString("latin1");
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    seen.done = seen.status >= 200;
  };
}
