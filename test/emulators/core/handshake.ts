import { type Header, hasExactName, headerValues } from "./raw-headers.ts";

/** How strictly a controller reads a WebSocket handshake. HTTP says that names have no case; some firmware disagrees. */
export interface HandshakeRules {
  /** Header names must be written as RFC 6455 writes them: `Sec-WebSocket-Key`, not `Sec-Websocket-Key`. */
  readonly exactNames?: boolean;
  /** The value of Connection must be `Upgrade` and nothing else: neither `upgrade` nor `keep-alive, Upgrade`. */
  readonly exactConnection?: boolean;
  /** No sub-protocol may be offered. */
  readonly noSubprotocol?: boolean;
  /** With `noSubprotocol`: no Sec-WebSocket-Protocol line at all, not even an empty one. */
  readonly noEmptySubprotocol?: boolean;
}

export type HandshakeFault = "handshake-names" | "handshake-connection" | "handshake-subprotocol";

const NAMES = ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"];

/** The first rule that the handshake's headers break, or undefined. */
export function handshakeFault(headers: readonly Header[], rules: HandshakeRules): HandshakeFault | undefined {
  if (rules.exactNames === true && !NAMES.every((name) => hasExactName(headers, name))) return "handshake-names";
  if (rules.exactConnection === true && headerValues(headers, "Connection").join() !== "Upgrade") {
    return "handshake-connection";
  }
  if (rules.noSubprotocol !== true) return undefined;
  const offered = headerValues(headers, "Sec-WebSocket-Protocol");
  const refused = rules.noEmptySubprotocol === true ? offered.length > 0 : offered.join("") !== "";
  return refused ? "handshake-subprotocol" : undefined;
}
