import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import {
  closeTextOf,
  Header,
  type Reason,
  type RefusalKind,
  type RefusalShape,
  refusalKind,
  refusalShape,
} from "@sallyport/shared";
import { acceptKey } from "../../relay/upgrade.ts";
import { isBodyPending } from "./message.ts";

/** Seconds after which a caller that was refused for load may come again. */
const RETRY_AFTER = "5";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The one shape of a refusal: what is said is the same for all reasons of a kind. */
function answerOf(reason: Reason, requestId: string): Answer {
  const { gatewayStatus, gatewayText } = refusalShape(reason);
  const body = JSON.stringify({ error: gatewayText });
  return {
    status: gatewayStatus,
    body,
    headers: {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": String(Buffer.byteLength(body)),
      "Cache-Control": "no-store",
      [Header.refusal]: shownKind(reason),
      [Header.request]: requestId,
      ...(gatewayStatus === 503 || gatewayStatus === 429 ? { "Retry-After": RETRY_AFTER } : {}),
    },
  };
}

/** What the edge is told: every fault of a credential that is there looks alike, whichever check found it. */
function shownKind(reason: Reason): RefusalKind {
  const kind = refusalKind(reason);
  return kind === "bad-signature" ? "bad-session" : kind;
}

/** Refuses an HTTP request. The connection is closed where the rest of a body would otherwise have to be read. */
export function refuseHttp(
  message: IncomingMessage,
  response: ServerResponse,
  reason: Reason,
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, headers, body } = answerOf(reason, requestId);
  response.writeHead(status, isBodyPending(message) ? { ...headers, Connection: "close" } : headers);
  response.end(message.method === "HEAD" ? undefined : body);
}

export interface RefuseUpgrade {
  readonly socket: Duplex;
  readonly reason: Reason;
  readonly requestId: string;
  /** Sec-WebSocket-Key, where the refusal is to be a 101 and a close that an original edge's browser can see. */
  readonly closeWithKey: string | undefined;
}

/** Refuses an upgrade, with an HTTP answer or, towards an original edge, with a close frame. */
export function refuseUpgrade({ socket, reason, requestId, closeWithKey }: RefuseUpgrade): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const text = closeWithKey === undefined ? httpText(answerOf(reason, requestId)) : switchingText(closeWithKey);
  const frame = closeWithKey === undefined ? Buffer.alloc(0) : refusalFrame(refusalShape(reason), reason);
  socket.end(Buffer.concat([Buffer.from(text, "latin1"), frame]));
  socket.once("finish", () => socket.destroy());
}

function httpText({ status, headers, body }: Answer): string {
  const lines = Object.entries({ ...headers, Connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${body}`;
}

function switchingText(key: string): string {
  const accept = acceptKey(key);
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

function refusalFrame({ closeCode }: RefusalShape, reason: Reason): Buffer {
  const text = Buffer.from(closeTextOf(shownKind(reason)), "latin1");
  const head = Buffer.from([0x88, 2 + text.length, closeCode >> 8, closeCode & 0xff]);
  return Buffer.concat([head, text]);
}
