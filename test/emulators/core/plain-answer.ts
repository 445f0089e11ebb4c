import { type OutgoingHttpHeaders, STATUS_CODES } from "node:http";

/** A whole HTTP answer in bytes, for places where Node offers no response object. */
export function plainAnswer(status: number, body: string, headers: OutgoingHttpHeaders = {}): string {
  const lines = Object.entries({
    ...headers,
    "Content-Type": "text/plain",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`;
}
