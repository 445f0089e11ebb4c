import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { Certificate } from "../../support/certificates.ts";
import { formatAuthority } from "./authority.ts";
import { cutReused, limitConnections } from "./connection-limit.ts";
import type { Behaviour, ServerLimits, TlsProfile } from "./family.ts";
import { connectionsOf, listen, portOf, stopper } from "./listening.ts";
import { type ServingParts, serve } from "./serving.ts";

/** The name of the port that every controller has. */
export const WEB = "web";

export interface ServersOptions {
  readonly address: string;
  readonly behaviour: Behaviour;
  /** Numbers by name. Default for each: any free one. */
  readonly ports: Readonly<Record<string, number>>;
  readonly certificate: Pick<Certificate, "cert" | "key">;
  readonly tls: TlsProfile;
  readonly limits: ServerLimits;
  readonly serving: Omit<ServingParts, "behaviour" | "authority">;
}

/** A controller's HTTPS servers, one a port. */
export interface Servers extends AsyncDisposable {
  /** Throws for a name that is none, or before the port is bound. */
  port(name: string): number;
  readonly names: readonly string[];
  /** Connections from now on meet this certificate. */
  present(certificate: Pick<Certificate, "cert" | "key">): void;
  /** Resets every connection, as a controller does that loses its power. */
  reset(): void;
}

const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_HEADER_BYTES = 16_384;

/** Makes the servers and resolves when all listen. */
export async function startServers(options: ServersOptions): Promise<Servers> {
  await using undo = new AsyncDisposableStack();
  const behaviours = { [WEB]: options.behaviour, ...options.behaviour.ports };
  const servers = new Map<string, Server>();
  const connections: ReadonlySet<Socket>[] = [];
  for (const [name, behaviour] of Object.entries(behaviours)) {
    const server = tlsServer(options);
    servers.set(name, server);
    connections.push(connectionsOf(server));
    applyLimits(server, options);
    const authority = () => formatAuthority(options.address, portOf(server));
    serve(server, { ...options.serving, behaviour, authority });
    undo.defer(stopper(server));
    await listen(server, options.address, options.ports[name] ?? 0);
  }
  const parts = undo.move();
  return {
    names: [...servers.keys()],
    port: (name) => portOf(servers.get(name) ?? unknown(name)),
    present: ({ cert, key }) => {
      for (const server of servers.values()) server.setSecureContext({ ...contextOf(options.tls), cert, key });
    },
    reset: () => {
      for (const socket of connections.flatMap((open) => [...open])) socket.resetAndDestroy();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function applyLimits(server: Server, { limits, serving }: ServersOptions): void {
  const { connections, cutsReused = false } = limits;
  if (connections !== undefined) limitConnections(server, connections, () => serving.rejections.add("connections"));
  if (cutsReused) cutReused(server);
}

/** The profile without what only the certificate's maker needs. */
function contextOf({ key: _kind, ...tls }: TlsProfile): Omit<TlsProfile, "key"> {
  return tls;
}

function tlsServer({ tls, certificate, limits }: ServersOptions): Server {
  const idleMs = limits.connectionIdleMs ?? DEFAULT_IDLE_MS;
  const server = createServer({
    ...contextOf(tls),
    cert: certificate.cert,
    key: certificate.key,
    maxHeaderSize: limits.headerBytes ?? DEFAULT_HEADER_BYTES,
    headersTimeout: idleMs,
    keepAliveTimeout: idleMs,
    // Any other protocol offered is ignored and the request answered as if it had not been.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxRequestsPerSocket = limits.requestsPerConnection ?? 0;
  return server;
}

function unknown(name: string): never {
  throw new TypeError(`this controller has no port named ${name}`);
}
