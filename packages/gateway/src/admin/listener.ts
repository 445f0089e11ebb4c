import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config/configuration.ts";
import { isLoopback } from "../config/loopback.ts";
import { isLoopbackAuthority } from "./loopback.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly contentType?: string;
  /** Of a 405: the methods that there are (RFC 9110, 15.5.6). */
  readonly allow?: string | undefined;
}

export interface ListenerOptions {
  readonly listen: ListenAddress;
  readonly answer: (request: IncomingMessage) => Promise<Answer>;
  /** Told of an answer that could not be made; the caller of the listener gets a 500. */
  readonly onError: (error: unknown) => void;
}

export interface AdminListener {
  readonly port: number;
  /** Harmless when called again. */
  close(): Promise<void>;
}

const MAX_HEAD = 16 * 1024;
const MAX_CONNECTIONS = 64;
const PATIENCE_MS = 10_000;

/** Starts to listen, for plain HTTP. Rejects with the system's error where the address is taken. */
export async function startListener(options: ListenerOptions): Promise<AdminListener> {
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

export function json(status: number, value: unknown): Answer {
  return { status, contentType: "application/json", body: value === undefined ? "" : `${JSON.stringify(value)}\n` };
}

export function text(status: number, words: string): Answer {
  return { status, body: `${words}\n` };
}

async function serve(options: ListenerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    send(request, response, await answer(options, request));
  } catch (error) {
    options.onError(error);
    send(request, response, text(500, "internal error"));
  }
}

async function answer({ listen, answer }: ListenerOptions, request: IncomingMessage): Promise<Answer> {
  // A page that rebinds its own name to 127.0.0.1 reaches this listener, but cannot change the Host header.
  if (isLoopback(listen.host) && !isLoopbackAuthority(request.headers.host)) return text(403, "unknown host");
  return answer(request);
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, body, contentType = "text/plain; charset=utf-8", allow } = answer;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(allow === undefined ? {} : { allow }),
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
