import { type OutgoingHttpHeaders, STATUS_CODES } from "node:http";

/**
 * How old firmware writes its answers, each of which Node's parser takes for an error:
 * - `http-1.0-cut`: an HTTP/1.0 answer whose Content-Length promises more than comes before the connection closes;
 * - `lf-only`: header lines that end in a line feed without a carriage return;
 * - `duplicate-content-length`: the same Content-Length twice;
 * - `space-in-name`: a header whose name has a space before its colon;
 * - `unfinished-chunks`: a chunked body without its last chunk.
 */
export type OddAnswer = "http-1.0-cut" | "lf-only" | "duplicate-content-length" | "space-in-name" | "unfinished-chunks";

export interface AnswerParts {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Uint8Array;
}

/** How much more than it sends a cut answer promises. Bytes. */
const MISSING = 2;

/** A whole answer in bytes; the connection is to be closed behind it. */
export function oddAnswer(kind: OddAnswer, { status, headers, body }: AnswerParts): Buffer {
  const bytes = Buffer.from(body);
  const version = kind === "http-1.0-cut" ? "HTTP/1.0" : "HTTP/1.1";
  const lines = [
    `${version} ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}`)),
    ...framing(kind, bytes.length),
    "Connection: close",
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(lines.join(kind === "lf-only" ? "\n" : "\r\n")), bodyOf(kind, bytes)]);
}

function framing(kind: OddAnswer, length: number): string[] {
  switch (kind) {
    case "http-1.0-cut":
      return [`Content-Length: ${length + MISSING}`];
    case "lf-only":
      return [`Content-Length: ${length}`];
    case "duplicate-content-length":
      return [`Content-Length: ${length}`, `Content-Length: ${length}`];
    case "space-in-name":
      return [`Content-Length: ${length}`, "X Firmware : 1"];
    case "unfinished-chunks":
      return ["Transfer-Encoding: chunked"];
  }
}

function bodyOf(kind: OddAnswer, bytes: Buffer): Buffer {
  if (kind !== "unfinished-chunks") return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}
