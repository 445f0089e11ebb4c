// The admin listener: plain HTTP for the machine itself (health, readiness, metrics, version).
// It knows a small view of what runs, so that a parent process can answer for all its workers.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config/configuration.ts";
import { exposition } from "../telemetry/exposition.ts";
import type { MetricsSnapshot } from "../telemetry/metrics.ts";

/** What the admin listener can tell. */
export interface AdminView {
  /** Everything listens and nothing drains. */
  readonly ready: () => boolean;
  /** One snapshot a process. */
  readonly snapshots: () => Promise<readonly MetricsSnapshot[]>;
  readonly version: string;
}

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = "text/plain; charset=utf-8";
const JSON_TYPE = "application/json";

/** Starts the admin listener. Rejects where the address is taken. */
export async function startAdmin({ host, port }: ListenAddress, view: AdminView): Promise<AdminServer> {
  const server = createServer((message, response) => void serve(view, message, response, isLoopback(host)));
  server.listen({ host, port, exclusive: true });
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

async function serve(
  view: AdminView,
  message: IncomingMessage,
  response: ServerResponse,
  local: boolean,
): Promise<void> {
  const { status, type, body } = await answer(view, message, local);
  response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" });
  response.end(message.method === "HEAD" ? undefined : body);
}

async function answer(view: AdminView, { method, url, headers }: IncomingMessage, local: boolean): Promise<Answer> {
  // A page that a browser on this machine shows could otherwise read us through a name of its own (DNS rebinding).
  if (local && !isLocalHost(headers.host)) return { status: 403, type: TEXT, body: "forbidden\n" };
  if (method !== "GET" && method !== "HEAD") return { status: 405, type: TEXT, body: "method not allowed\n" };
  switch (url?.split("?", 1)[0]) {
    case "/healthz":
      return { status: 200, type: TEXT, body: "ok\n" };
    case "/readyz":
      return view.ready()
        ? { status: 200, type: TEXT, body: "ready\n" }
        : { status: 503, type: TEXT, body: "not ready\n" };
    case "/version":
      return {
        status: 200,
        type: JSON_TYPE,
        body: `${JSON.stringify({ version: view.version, node: process.version })}\n`,
      };
    case "/metrics":
      return metrics(view);
    default:
      return { status: 404, type: TEXT, body: "not found\n" };
  }
}

async function metrics(view: AdminView): Promise<Answer> {
  const { contentType, body } = await exposition(await view.snapshots());
  return { status: 200, type: contentType, body };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function isLocalHost(host: string | undefined): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host ?? "");
}
