import { createHash, randomBytes } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2). */
export function acceptKey(key: string): string {
  return createHash("sha1")
    .update(key + WEBSOCKET_GUID)
    .digest("base64");
}

export interface UpgradeRequest {
  /** Connected, and TLS already checked. Taken over: destroyed when the upgrade fails without an answer. */
  readonly socket: Socket;
  /** Path and query, byte for byte. */
  readonly path: string;
  /** Names and values in turn, as they go out, without those of the handshake itself. */
  readonly headers: readonly string[];
  /** The offer, verbatim. */
  readonly protocols: string | undefined;
  /** Until the head of the answer, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** The controller switched, or answered something else, which is the caller's to pass on. */
export type UpgradeAnswer =
  | { readonly switched: true; readonly message: IncomingMessage; readonly head: Buffer }
  | { readonly switched: false; readonly message: IncomingMessage };

/**
 * Asks a controller for a WebSocket (RFC 6455, 4.1), header names in the RFC's own case. Rejects with
 * `UpstreamFault`: `controller-garbage` where a 101 does not keep to the handshake or names an extension.
 */
export function openWebSocket(options: UpgradeRequest): Promise<UpgradeAnswer> {
  const key = randomBytes(16).toString("base64");
  return new Promise((resolve, reject) => {
    const outgoing = request({
      method: "GET",
      path: options.path,
      headers: handshakeHeaders(options, key),
      createConnection: () => options.socket,
      signal: options.signal,
    });
    const fail = (error: unknown) => {
      options.socket.destroy();
      reject(upstreamFault(error));
    };
    outgoing.setTimeout(options.timeout, () => fail(new UpstreamFault("controller-timeout", "answer-timeout")));
    outgoing.on("error", fail);
    outgoing.on("response", (message) => {
      outgoing.setTimeout(0);
      resolve({ switched: false, message });
    });
    outgoing.on("upgrade", (message, socket, head) => {
      socket.setTimeout(0);
      const fault = handshakeFault(message, key);
      if (fault) fail(new UpstreamFault("controller-garbage", fault));
      else resolve({ switched: true, message, head });
    });
    outgoing.end();
  });
}

function handshakeHeaders({ headers, protocols }: UpgradeRequest, key: string): string[] {
  return [
    ...headers,
    "Connection",
    "Upgrade",
    "Upgrade",
    "websocket",
    "Sec-WebSocket-Version",
    "13",
    "Sec-WebSocket-Key",
    key,
    ...(protocols === undefined ? [] : ["Sec-WebSocket-Protocol", protocols]),
  ];
}

function handshakeFault({ statusCode, headers }: IncomingMessage, key: string): string | undefined {
  if (statusCode !== 101) return "upgrade-status";
  if (headers.upgrade?.toLowerCase() !== "websocket") return "upgrade-header";
  if (headers["sec-websocket-accept"] !== acceptKey(key)) return "accept-key";
  return headers["sec-websocket-extensions"] === undefined ? undefined : "unasked-extension";
}
