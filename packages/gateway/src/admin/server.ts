// The admin listener: whether the gateway lives and is ready, what it counts, which version it is. Plain HTTP, meant
// for loopback or a management network. And the API, which shows and ends sessions and needs a credential.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config/configuration.ts";
import { isLoopback } from "../config/loopback.ts";
import type { AdminLedger } from "../ledger/admin-ledger.ts";
import type { StoreOperations } from "../store/store.ts";
import { exposition } from "../telemetry/exposition.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";
import { answerApi } from "./api.ts";
import { isLoopbackAuthority } from "./loopback.ts";

/** What the listener speaks for: one process, or a parent for all of its workers. */
export interface AdminSource {
  /** It listens and does not drain. */
  readonly ready: boolean;
  /** Metrics of each process that serves. */
  snapshots(): Promise<readonly MetricsSnapshot[]>;
  /** What the API reads and writes. */
  readonly store: StoreOperations;
}

export interface AdminOptions {
  readonly listen: ListenAddress;
  /** What callers of the API must show one of. */
  readonly tokens: readonly string[];
  readonly source: AdminSource;
  readonly ledger: AdminLedger;
  /** For how long (seconds) a revocation holds that says nothing of it. */
  readonly revocationLife: number;
  readonly version: string;
  /** Told of an answer that could not be made; the caller of the listener gets a 500. */
  readonly onError: (error: unknown) => void;
}

export interface AdminServer {
  readonly port: number;
  /** Harmless when called again. */
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
}

const MAX_HEAD = 16 * 1024;
const MAX_CONNECTIONS = 64;
const PATIENCE_MS = 10_000;

/** Starts to listen. Rejects with the system's error where the address is taken. */
export async function startAdmin(options: AdminOptions): Promise<AdminServer> {
  const server = createServer(
    { maxHeaderSize: MAX_HEAD, headersTimeout: PATIENCE_MS, requestTimeout: PATIENCE_MS },
    (request, response) => void serve(options, request, response),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const { host, port } = options.listen;
  server.listen({ host, port });
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function serve(options: AdminOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(request, response, await answer(options, request));
  } catch (error) {
    options.onError(error);
    send(request, response, text(500, "internal error"));
  }
}

async function answer(options: AdminOptions, request: IncomingMessage): Promise<Answer> {
  const { listen, source, tokens, ledger, revocationLife } = options;
  // A page that rebinds its own name to 127.0.0.1 reaches this listener, but cannot change the Host header.
  if (isLoopback(listen.host) && !isLoopbackAuthority(request.headers.host)) return text(403, "unknown host");
  const api = await answerApi({ store: source.store, tokens, ledger, revocationLife }, request);
  if (api) return json(api.status, api.body);
  if (request.method !== "GET" && request.method !== "HEAD") return text(405, "only GET and HEAD");
  return answerPlain(options, request);
}

async function answerPlain({ source, version }: AdminOptions, request: IncomingMessage): Promise<Answer> {
  switch (request.url?.split("?", 1)[0]) {
    case "/healthz":
      return text(200, "ok");
    case "/readyz":
      return source.ready ? text(200, "ready") : text(503, "not ready");
    case "/metrics":
      return { status: 200, ...(await exposition(await source.snapshots())) };
    case "/version":
      return json(200, { version, node: process.version });
    default:
      return text(404, "not found");
  }
}

function json(status: number, value: unknown): Answer {
  return { status, contentType: "application/json", body: value === undefined ? "" : `${JSON.stringify(value)}\n` };
}

function text(status: number, words: string): Answer {
  return { status, body: `${words}\n` };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, body, contentType = "text/plain; charset=utf-8" } = answer;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
