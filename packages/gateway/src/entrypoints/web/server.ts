import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Awaitable, deny, type Reason } from "@sallyport/shared";
import { handleHttp } from "./http.ts";
import { WebMessage } from "./message.ts";
import type { WebParts } from "./parts.ts";
import { refuseHttp, refuseUpgrade } from "./refuse.ts";
import { Traffic } from "./traffic.ts";
import { handleUpgrade, type Incoming } from "./upgrade.ts";

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface WebEntrypoint {
  readonly server: Server;
  /** For new connections; open ones go on with the one they have. */
  setCertificate(pair: CertificatePair): void;
  /** Stops accepting and goes on with what is open, WebSockets too, until all is done or the time (ms) is over. */
  handOver(limit: number): Promise<void>;
  /** Stops accepting, ends WebSockets, and waits until every exchange is done or the time (ms) is over. */
  drain(limit: number): Promise<void>;
  /** Closes what is left. */
  close(): Promise<void>;
}

/** A URL of 16 KiB with an original edge's envelope in it, and 32 KiB of headers, with room. */
const MAX_HEAD = 64 * 1024;
/** How often heads that are late are looked for: parts of the time that they have. */
const CHECKS = 4;
/** And at most so often, in milliseconds: each look goes over all connections. */
const CHECK_EVERY = 1_000;
/** Longer than the edge keeps its connections, so that it is not we who close one on which it just asks. */
const KEEP_ALIVE = 120_000;
/** What Node's server says of heads that it could not read to their end; of all others: they have no form. */
const CLIENT_ERRORS: Readonly<Record<string, Reason>> = {
  HPE_HEADER_OVERFLOW: "envelope-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};
const GROUPS = "X25519:P-256:P-384";
const CIPHERS = `TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384`;

/** The HTTPS server before which the edge stands. It is not listening yet. */
export function createWebEntrypoint(parts: WebParts, certificate: CertificatePair): WebEntrypoint {
  const options = serverOptions(parts, certificate);
  const server = createServer(options);
  const nextId = requestIds();
  const traffic = new Traffic(server);
  const { turns } = traffic;
  server.maxConnections = parts.rules.current.web.limits.connections;
  server.maxHeadersCount = 0;
  const refuse = (socket: Duplex, reason: Reason, detail?: string) => {
    const answerable = turns.isNext(socket);
    void refuseRaw(parts, { socket, reason, detail, requestId: nextId(), answerable });
  };
  // One for all: a listener of its own for each would be made with every request.
  const over = function (this: ServerResponse) {
    traffic.over(this);
  };
  const exchange = (message: IncomingMessage, response: ServerResponse) => {
    traffic.begin(response);
    response.on("close", over);
    serve(parts, message, response, nextId());
  };
  // Those with an Expect are exchanges like the others: nothing is asked of a client before it is admitted.
  for (const event of ["request", "checkContinue", "checkExpectation"] as const) server.on(event, exchange);
  server.on("upgrade", (message: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!turns.isNext(socket)) return refuse(socket, "request-form", "upgrade behind a request");
    upgrade(parts, { message, socket: socket as Socket, head, requestId: nextId(), traffic });
  });
  server.on("connect", (_message: IncomingMessage, socket: Duplex) => refuse(socket, "request-method"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Bytes behind a last request are nobody's (RFC 9112, 9.6): it still has its answer.
    if (error.code === "HPE_CLOSED_CONNECTION" && !turns.isNext(socket)) return;
    refuse(socket, CLIENT_ERRORS[error.code ?? ""] ?? "request-form", error.code ?? "unknown");
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
    // What is written before a handshake is done waits for it: one that never comes would hold the connection for ever.
    socket.destroy();
    parts.log.debug({ code: error.code ?? error.message }, "TLS handshake failed");
  });
  return {
    server,
    setCertificate: ({ cert, key }) => server.setSecureContext({ ...options, cert, key }),
    handOver: (limit) => traffic.handOver(limit),
    drain: (limit) => traffic.drain(limit),
    close: () => traffic.close(),
  };
}

function serverOptions(parts: WebParts, { cert, key }: CertificatePair): ServerOptions {
  const { ca } = parts.rules.current.web.edge;
  const { headMs } = parts.rules.current.web.limits;
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    honorCipherOrder: true,
    ecdhCurve: GROUPS,
    ALPNProtocols: ["http/1.1"],
    maxHeaderSize: MAX_HEAD,
    headersTimeout: headMs,
    requestTimeout: 0,
    IncomingMessage: WebMessage,
    // What has no body is not read as a stream.
    optimizeEmptyRequests: true,
    keepAliveTimeout: KEEP_ALIVE,
    handshakeTimeout: headMs,
    connectionsCheckingInterval: Math.min(CHECK_EVERY, Math.ceil(headMs / CHECKS)),
    // A request without one is refused like every other that cannot be read, and recorded.
    requireHostHeader: false,
    // A resumed session's client certificate is not verified again: no tickets where one is asked for.
    ...(ca === undefined
      ? {}
      : { ca, requestCert: true, rejectUnauthorized: true, secureOptions: constants.SSL_OP_NO_TICKET }),
  };
}

function serve(parts: WebParts, message: IncomingMessage, response: ServerResponse, requestId: string): void {
  const act = () => handleHttp(parts, message, response, requestId);
  guarded(act, (error) => {
    parts.log.error({ requestId, error }, "request failed");
    refuseHttp(message, response, "internal-error", requestId);
  });
}

function upgrade(parts: WebParts, incoming: Incoming): void {
  const act = () => handleUpgrade(parts, incoming);
  guarded(act, (error) => {
    const { socket, requestId } = incoming;
    parts.log.error({ requestId, error }, "upgrade failed");
    refuseUpgrade({ socket, reason: "internal-error", requestId, closeWithKey: undefined });
  });
}

/** Tells `failed` of what goes wrong within the act, at once or later. */
function guarded(act: () => Awaitable<void>, failed: (error: unknown) => void): void {
  try {
    const acted = act();
    if (acted instanceof Promise) acted.catch(failed);
  } catch (error) {
    failed(error);
  }
}

interface RawRefusal {
  readonly socket: Duplex;
  readonly reason: Reason;
  readonly detail: string | undefined;
  readonly requestId: string;
  /** Nobody else waits for an answer on this connection. */
  readonly answerable: boolean;
}

/** What is no request that could be read: recorded as a denial like every other, and answered as far as possible. */
async function refuseRaw(parts: WebParts, refusal: RawRefusal): Promise<void> {
  const { socket, reason, detail, requestId, answerable } = refusal;
  socket.on("error", () => socket.destroy());
  if (!answerable) socket.destroy();
  await parts.admitter.admit(deny(reason, detail), requestId);
  if (answerable) refuseUpgrade({ socket, reason, requestId, closeWithKey: undefined });
}

/** Short ids, unlike in every process and run. */
function requestIds(): () => string {
  const run = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? "";
  let count = 0;
  return () => `${run}-${(count++).toString(36)}`;
}
