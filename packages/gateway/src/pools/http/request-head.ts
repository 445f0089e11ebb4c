import { UpstreamFault } from "../fault.ts";
import { TOKEN } from "./answer-head.ts";
import { firstValue } from "./header-pairs.ts";

/** A body on its way to a controller. */
export interface RequestSource {
  /** Flows into `sink` from now on; a sink that takes no more says `false`, and gets more after `resume`. */
  start(sink: RequestSink): void;
  resume(): void;
  /** Nobody wants the rest. */
  stop(): void;
}

export interface RequestSink {
  write(chunk: Buffer): boolean;
  end(): void;
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query, byte for byte. */
  readonly path: string;
  /** Names and values in turn, Host among them, none that is about the connection. */
  readonly headers: readonly string[];
  readonly body: RequestSource | Buffer | undefined;
  /** Only a connection that has served no other request will do. */
  readonly fresh?: boolean;
  /** How long nothing of its answer may be taken while others wait for the connection, in milliseconds. Default: for ever. */
  readonly standstill?: number;
}

/** A request's head as it goes out, and how its body is framed behind it. */
export interface WrittenHead {
  /** Latin-1. */
  readonly text: string;
  readonly chunked: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what would break a line in two
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/;
const PATH = /^[\x21-\x7e\x80-\xff]+$/;
/** Methods that have a body by their meaning, and say so when it is empty (RFC 9110, 8.6). */
const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);

/** Writes a request's head. Throws `internal-error` where a part of it would be read as more than that part. */
export function writeHead(request: HttpRequest, keep: boolean): WrittenHead {
  const isSized = firstValue(request.headers, "content-length") !== undefined;
  const framing = isSized ? "" : framingOf(request.method, request.body);
  const text = `${requestText(request)}${framing}Connection: ${keep ? "keep-alive" : "close"}\r\n\r\n`;
  return { text, chunked: framing === CHUNKED };
}

/** The lines of a head as far as they are given, without the blank one. Throws as `writeHead` does. */
export function requestText({ method, path, headers }: Pick<HttpRequest, "method" | "path" | "headers">): string {
  if (!(TOKEN.test(method) && PATH.test(path))) throw new UpstreamFault("internal-error", "request-line");
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (let index = 0; index < headers.length; index += 2) {
    text += headerLine(headers[index] as string, headers[index + 1] as string);
  }
  return text;
}

/** One line of a head. Throws as `writeHead` does. */
export function headerLine(name: string, value: string): string {
  if (!TOKEN.test(name) || CONTROL.test(value)) throw new UpstreamFault("internal-error", "request-header");
  return `${name}: ${value}\r\n`;
}

const CHUNKED = "Transfer-Encoding: chunked\r\n";

function framingOf(method: string, body: HttpRequest["body"]): string {
  if (body === undefined) return WITH_BODY.has(method) ? "Content-Length: 0\r\n" : "";
  return Buffer.isBuffer(body) ? `Content-Length: ${body.length}\r\n` : CHUNKED;
}
