import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import { foreignPart } from "./authority.ts";
import type { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import { Exchange, PayloadTooLarge } from "./exchange.ts";
import type { Family, PortBehaviour, Rules } from "./family.ts";
import { handshakeFault } from "./handshake.ts";
import type { Journal, JournalEntry } from "./journal.ts";
import type { OddAnswer } from "./odd-answer.ts";
import type { OddHandshake } from "./odd-handshake.ts";
import { plainAnswer } from "./plain-answer.ts";
import type { Header } from "./raw-headers.ts";
import type { Rejections } from "./rejections.ts";
import { matchPath, matchRoute } from "./routes.ts";
import { afterSilence, type Silence } from "./silence.ts";
import { Upgrade } from "./upgrade.ts";
import type { WebSockets } from "./websockets.ts";

/** What a server needs to answer as one controller. */
export interface ServingParts {
  readonly family: Pick<Family<never>, "answerHeaders" | "normalisePath">;
  readonly behaviour: PortBehaviour;
  readonly journal: Journal;
  readonly rejections: Rejections;
  readonly websockets: WebSockets;
  readonly changes: Changes;
  readonly rules: Rules;
  readonly answers: OddAnswer | undefined;
  readonly handshakes: OddHandshake | undefined;
  readonly silence: Silence;
  readonly clock: Clock;
  /** The controller's own `host:port`, known once it listens. */
  readonly authority: () => string;
}

/** Makes the server answer requests, upgrades and what cannot be read as either. */
export function serve(server: Server, parts: ServingParts): void {
  server.on("request", (request, response) => {
    // Whoever cut the connection has not read the request either.
    if (!request.socket.destroyed) answer(parts, request, response);
  });
  server.on("upgrade", (request, socket, rest) => upgrade(parts, { request, socket, rest }));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => answerUnreadable(parts, error, socket));
  server.on("tlsClientError", (error: NodeJS.ErrnoException) => {
    // An alert is the client's own refusal, of the certificate for instance; only ours is counted.
    const code = error.code ?? "";
    if (code.startsWith("ERR_SSL_") && !code.includes("ALERT")) parts.rejections.add("tls");
  });
}

function record(parts: ServingParts, kind: JournalEntry["kind"], request: IncomingMessage): JournalEntry {
  const entry = parts.journal.add(kind, request, parts.clock.now());
  if (parts.rules.countLeaks === true && entry.leaks.length > 0) parts.rejections.add("leak", entry);
  return entry;
}

function answer(parts: ServingParts, request: IncomingMessage, response: ServerResponse): void {
  const entry = record(parts, "request", request);
  response.on("close", () => {
    entry.status = response.statusCode;
    parts.changes.notify();
  });
  const exchange = new Exchange({
    request,
    response,
    entry,
    answerHeaders: parts.family.answerHeaders ?? (() => ({})),
    odd: parts.answers,
    reject: (reason) => parts.rejections.add(reason, entry),
  });
  afterSilence(parts.clock, parts.silence.answerMs, response, () => {
    route(parts, exchange).catch((error: unknown) => fail(parts, response, error));
  });
}

async function route(parts: ServingParts, exchange: Exchange): Promise<void> {
  const { behaviour } = parts;
  const { entry } = exchange;
  const foreign = foreignPart({ headers: entry.headers, upgrade: false }, parts.authority(), parts.rules);
  if (foreign !== undefined) return exchange.refuse(foreign.status, foreign.reason);
  const match = matchRoute(behaviour.routes, entry.method, normalised(parts, exchange.path));
  if (behaviour.admit?.(exchange, match?.route) === false) return;
  if (match === undefined) return exchange.refuse(404, "not-found");
  exchange.params = match.params;
  await match.route.handle(exchange);
}

function upgrade(parts: ServingParts, raw: { request: IncomingMessage; socket: Duplex; rest: Buffer }): void {
  const { rejections, websockets, clock, silence } = parts;
  // The peer may reset the connection before ws listens; there is nobody left to answer then.
  raw.socket.on("error", () => raw.socket.destroy());
  const entry = record(parts, "upgrade", raw.request);
  const reject = (reason: string, of?: JournalEntry) => rejections.add(reason, of);
  const attempt = new Upgrade({ ...raw, entry, websockets, odd: parts.handshakes, reject });
  afterSilence(clock, silence.answerMs, raw.socket, () => open(parts, attempt));
}

function open(parts: ServingParts, attempt: Upgrade): void {
  const refusal = handshakeRefusal(parts, attempt.entry.headers);
  const match = matchPath(parts.behaviour.sockets, normalised(parts, attempt.path));
  if (refusal !== undefined) {
    attempt.refuse(refusal.status, refusal.reason);
  } else if (match === undefined) {
    attempt.refuse(404, "not-found");
  } else {
    attempt.params = match.params;
    match.route.open(attempt);
  }
}

function handshakeRefusal(
  parts: ServingParts,
  headers: readonly Header[],
): { readonly status: number; readonly reason: string } | undefined {
  const foreign = foreignPart({ headers, upgrade: true }, parts.authority(), parts.rules);
  if (foreign !== undefined) return foreign;
  const fault = handshakeFault(headers, parts.rules);
  return fault === undefined ? undefined : { status: 400, reason: fault };
}

function normalised(parts: ServingParts, path: string): string {
  return parts.family.normalisePath?.(path) ?? path;
}

/** A handler gave up: the request was too long, its sender went away, or the emulator has a defect, which must show. */
function fail(parts: ServingParts, response: ServerResponse, error: unknown): void {
  if (response.destroyed) return;
  const tooLarge = error instanceof PayloadTooLarge;
  parts.rejections.add(tooLarge ? "payload-too-large" : `defect: ${error instanceof Error ? error.message : error}`);
  if (response.headersSent) response.destroy();
  else response.writeHead(tooLarge ? 413 : 500, { Connection: "close" }).end();
}

/** Bytes that Node's parser gave up on. Nothing of them is in the journal: there is no request. */
function answerUnreadable(parts: ServingParts, error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === undefined || !error.code.startsWith("HPE_")) {
    socket.destroy();
    return;
  }
  const tooLong = error.code === "HPE_HEADER_OVERFLOW";
  parts.rejections.add(tooLong ? "header-bytes" : "unreadable");
  socket.end(plainAnswer(tooLong ? 431 : 400, `${error.code}\n`));
}
