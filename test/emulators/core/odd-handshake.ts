import { createHash } from "node:crypto";

/**
 * How a handshake ends that looked well, each with status 101:
 * - `http-text`: the text of another answer follows, since a daemon behind the web server is stuck;
 * - `wrong-accept`: Sec-WebSocket-Accept belongs to another key;
 * - `extra-subprotocol`: a sub-protocol is chosen that was not offered;
 * - `extension`: an extension is taken up that was not offered.
 */
export type OddHandshake = "http-text" | "wrong-accept" | "extra-subprotocol" | "extension";

/** RFC 6455, 1.3. */
const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** What a web server answers when the daemon behind it does not take the connection over. */
const FALLBACK = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\nServer: lighttpd\r\n\r\n";

/** The whole answer to a handshake with this Sec-WebSocket-Key. `protocol`: the one that would have been chosen. */
export function oddHandshake(kind: OddHandshake, key: string, protocol?: string): string {
  const chosen = kind === "extra-subprotocol" ? "not-offered" : protocol;
  const lines = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptFor(kind === "wrong-accept" ? `${key}x` : key)}`,
    ...(chosen === undefined ? [] : [`Sec-WebSocket-Protocol: ${chosen}`]),
    ...(kind === "extension" ? ["Sec-WebSocket-Extensions: permessage-deflate"] : []),
  ];
  return `${lines.join("\r\n")}\r\n\r\n${kind === "http-text" ? FALLBACK : ""}`;
}

function acceptFor(key: string): string {
  return createHash("sha1")
    .update(key + ACCEPT_SUFFIX)
    .digest("base64");
}
