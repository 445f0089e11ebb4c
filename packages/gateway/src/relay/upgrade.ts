import { createHash, randomBytes } from "node:crypto";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** Largest head of an answer, in bytes. */
const MAX_ANSWER_HEAD = 32 * 1024;

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
  /** Until the head of the answer is whole, in milliseconds. */
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
export async function openWebSocket(options: UpgradeRequest): Promise<UpgradeAnswer> {
  const key = randomBytes(16).toString("base64");
  try {
    const answer = await ask(options, key);
    const fault = handshakeFault(answer, key);
    if (fault !== undefined) throw new UpstreamFault("controller-garbage", fault);
    return answer;
  } catch (error) {
    options.socket.destroy();
    throw upstreamFault(error);
  }
}

/** Sends the request and waits for the head of its answer. */
function ask(options: UpgradeRequest, key: string): Promise<UpgradeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<UpgradeAnswer>();
  // A request on a socket that is gone already would hear of nothing.
  if (options.socket.destroyed) throw new UpstreamFault("controller-reset", "closed");
  const outgoing = send(options, key);
  // Against the clock, and not against silence: a head may come a byte at a time.
  const late = () => reject(new UpstreamFault("controller-timeout", "answer-timeout"));
  const timer = setTimeout(late, options.timeout);
  outgoing.on("error", reject);
  outgoing.on("response", (message) => resolve({ switched: false, message }));
  outgoing.on("upgrade", (message, _, head) => resolve({ switched: true, message, head }));
  return promise.finally(() => clearTimeout(timer));
}

function send(options: UpgradeRequest, key: string): ClientRequest {
  const outgoing = request({
    method: "GET",
    path: options.path,
    headers: handshakeHeaders(options, key),
    maxHeaderSize: MAX_ANSWER_HEAD,
    createConnection: () => options.socket,
    signal: options.signal,
  });
  return outgoing.end();
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

/** What is wrong with an answer that claims to switch. */
function handshakeFault({ switched, message }: UpgradeAnswer, key: string): string | undefined {
  const { statusCode, headers } = message;
  if (!switched) return statusCode === 101 ? "upgrade-header" : undefined;
  if (statusCode !== 101) return "upgrade-status";
  if (headers.upgrade?.toLowerCase() !== "websocket") return "upgrade-header";
  if (headers["sec-websocket-accept"] !== acceptKey(key)) return "accept-key";
  return headers["sec-websocket-extensions"] === undefined ? undefined : "unasked-extension";
}
