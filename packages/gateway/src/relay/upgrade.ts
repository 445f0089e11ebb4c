import { hash, randomFillSync } from "node:crypto";
import type { Socket } from "node:net";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
import type { AnswerHead } from "../pools/http/answer-head.ts";
import { headerLine, requestText } from "../pools/http/request-head.ts";
import type { SharedReads } from "../pools/shared-reads.ts";
import { type AnswerPatience, type UpgradeAnswer, upgradeAnswer } from "./upgrade-answer.ts";

const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const KEY_BYTES = 16;
/** A call for random bytes costs as much for many keys as for one. */
const keys = { bytes: Buffer.alloc(64 * KEY_BYTES), used: 64 * KEY_BYTES };

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455, 4.2.2). */
export function acceptKey(key: string): string {
  return hash("sha1", key + WEBSOCKET_GUID, "base64");
}

export interface UpgradeRequest extends AnswerPatience {
  /** Connected, and TLS already checked. Taken over: destroyed when the upgrade fails without an answer. */
  readonly socket: Socket;
  /** What it is read by. */
  readonly reads: SharedReads;
  /** Path and query, byte for byte. */
  readonly path: string;
  /** Names and values in turn, as they go out, Host among them, without those of the handshake itself. */
  readonly headers: readonly string[];
  /** The offer, verbatim. */
  readonly protocols: string | undefined;
}

/**
 * Asks a controller for a WebSocket (RFC 6455, 4.1), header names in the RFC's own case. Rejects with
 * `UpstreamFault`: `controller-garbage` where a 101 does not keep to the handshake or names an extension.
 */
export async function openWebSocket(options: UpgradeRequest): Promise<UpgradeAnswer> {
  const { socket } = options;
  const key = freshKey();
  try {
    // A socket that is gone already says so no more.
    if (socket.destroyed) throw new UpstreamFault("controller-reset", "closed");
    socket.write(handshakeText(options, key), "latin1");
    const answer = await upgradeAnswer(options, options);
    const fault = answer.switched ? handshakeFault(answer.head, key) : undefined;
    if (fault !== undefined) throw new UpstreamFault("controller-garbage", fault);
    return answer;
  } catch (error) {
    socket.destroy();
    throw upstreamFault(error);
  }
}

function freshKey(): string {
  if (keys.used === keys.bytes.length) {
    randomFillSync(keys.bytes);
    keys.used = 0;
  }
  const key = keys.bytes.toString("base64", keys.used, keys.used + KEY_BYTES);
  keys.used += KEY_BYTES;
  return key;
}

function handshakeText({ path, headers, protocols }: UpgradeRequest, key: string): string {
  const offer = protocols === undefined ? "" : headerLine("Sec-WebSocket-Protocol", protocols);
  return `${requestText({ method: "GET", path, headers })}${HANDSHAKE}${key}\r\n${offer}\r\n`;
}

const HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";

/** What is wrong with an answer that claims to switch. */
function handshakeFault({ headers }: AnswerHead, key: string): string | undefined {
  if (joined(headers, "upgrade")?.toLowerCase() !== "websocket") return "upgrade-header";
  if (!UPGRADE_TOKEN.test(joined(headers, "connection") ?? "")) return "connection-header";
  if (joined(headers, "sec-websocket-accept") !== acceptKey(key)) return "accept-key";
  return joined(headers, "sec-websocket-extensions") === undefined ? undefined : "unasked-extension";
}

/** Every value of a header, its name given in lower case, as one (RFC 9110, 5.3). */
function joined(headers: readonly string[], name: string): string | undefined {
  let all: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const one = headers[index] as string;
    if (one.length !== name.length || one.toLowerCase() !== name) continue;
    const value = headers[index + 1] as string;
    all = all === undefined ? value : `${all}, ${value}`;
  }
  return all;
}

const UPGRADE_TOKEN = /(?:^|,)[\t ]*upgrade[\t ]*(?:,|$)/i;
