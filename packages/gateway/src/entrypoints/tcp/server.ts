// The entrypoint for TCP clients with certificates: TLS bytes into attempts, refusals into silence, then a splice.
// It verifies, decides, counts and picks nothing itself.
import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, type Server as TlsServer } from "node:tls";
import { deny } from "@sallyport/shared";
import type { ProxiedEnds } from "../../relay/proxy-protocol.ts";
import { serveClient } from "./connection.ts";
import { handshakeDenial } from "./handshake.ts";
import type { TcpParts, TcpSecurity } from "./parts.ts";
import { isBalancer, peerAddress, readProxiedEnds, socketEnds } from "./proxied.ts";

export interface TcpEntrypoint {
  readonly server: Server;
  /** For new connections; open ones go on with what they were let in by. */
  setSecurity(security: TcpSecurity): void;
  /** @throws where the address cannot be listened on */
  listen(): Promise<void>;
  /** Stops accepting, and waits until every connection has ended or the time (ms) is over. */
  drain(limit: number): Promise<void>;
  /** Closes what is left. */
  close(): Promise<void>;
}

const GROUPS = "X25519:P-256:P-384";
const CIPHERS = `TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384`;

/** One listener, not listening yet. */
export function createTcpEntrypoint(parts: TcpParts, security: TcpSecurity): TcpEntrypoint {
  return new Listener(parts, security);
}

/** A connection that was accepted, with what is known of its client. */
interface Accepted {
  readonly raw: Socket;
  readonly clientAddress: string | undefined;
  /** The client's connection, where its upstream is told of it: the one to us, or the one to the balancer. */
  readonly ends: ProxiedEnds | undefined;
  /** The handshake is done. */
  readonly served: boolean;
}

class Listener implements TcpEntrypoint {
  readonly server: Server;
  readonly #parts: TcpParts;
  /** Never listens: it is given connections whose PROXY header was read. */
  readonly #tls: TlsServer;
  /** By both ends: Node does not say which connection a TLS socket stands on. */
  readonly #accepted = new Map<string, Accepted>();
  #requests = 0;
  #gone: PromiseWithResolvers<void> | undefined;

  constructor(parts: TcpParts, security: TcpSecurity) {
    this.#parts = parts;
    this.#tls = createTlsServer(tlsOptions(parts, security));
    this.#tls.on("secureConnection", (secure) => {
      // From now on one side's end leaves the other open. Before, a client that ends has given the handshake up.
      secure.allowHalfOpen = true;
      void this.#serve(secure);
    });
    this.#tls.on("tlsClientError", (error, secure) => void this.#refuseHandshake(error, secure));
    this.server = createServer({ noDelay: true });
    this.server.maxConnections = parts.limits.connections;
    this.server.on("connection", (raw) => this.#accept(raw));
    this.server.on("drop", (dropped) => void this.#refuseMore(dropped?.remoteAddress));
  }

  setSecurity(security: TcpSecurity): void {
    this.#tls.setSecureContext(tlsOptions(this.#parts, security));
  }

  async listen(): Promise<void> {
    const { listen, name, log } = this.#parts;
    this.server.listen({ ...listen });
    await once(this.server, "listening");
    // One connection that cannot be accepted is no reason to stop. For want of descriptors none comes here: libuv
    // lets go of what it cannot take.
    this.server.on("error", (error) => log.error({ error, listener: name }, "a connection was not accepted"));
  }

  async drain(limit: number): Promise<void> {
    if (this.server.listening) this.server.close();
    for (const { raw, served } of [...this.#accepted.values()]) if (!served) raw.destroy();
    const late = AbortSignal.timeout(limit);
    if (this.#accepted.size > 0) await Promise.race([this.#allGone(), once(late, "abort")]);
  }

  async close(): Promise<void> {
    if (this.server.listening) this.server.close();
    for (const { raw } of [...this.#accepted.values()]) raw.destroy();
    if (this.#accepted.size > 0) await this.#allGone();
  }

  #allGone(): Promise<void> {
    this.#gone ??= Promise.withResolvers<void>();
    return this.#gone.promise;
  }

  /** The same two ends may be another connection's by the time that the one before is closed. */
  #forget(key: string, raw: Socket): void {
    if (this.#accepted.get(key)?.raw === raw) this.#accepted.delete(key);
    if (this.#accepted.size === 0) this.#gone?.resolve();
  }

  #accept(raw: Socket): void {
    raw.on("error", () => raw.destroy());
    // It was reset before it was taken.
    if (raw.remoteAddress === undefined) return void raw.destroy();
    const { acceptProxyHeaderFrom, sendProxyHeader } = this.#parts;
    const key = endsOf(raw);
    const ends = sendProxyHeader ? socketEnds(raw) : undefined;
    const accepted = { raw, clientAddress: peerAddress(raw), ends, served: false };
    this.#accepted.set(key, accepted);
    raw.on("close", () => this.#forget(key, raw));
    if (isBalancer(raw, acceptProxyHeaderFrom)) void this.#acceptProxied(key, accepted);
    else this.#tls.emit("connection", raw);
  }

  async #acceptProxied(key: string, accepted: Accepted): Promise<void> {
    const { raw, clientAddress } = accepted;
    const { limits, sendProxyHeader } = this.#parts;
    const ends = await readProxiedEnds(raw, limits.handshakeMs);
    if (!ends.ok) {
      await this.#parts.admit(ends, this.#nextId(), clientAddress);
      return void raw.destroy();
    }
    if (raw.destroyed) return;
    if (ends.value !== "local") {
      const proxied = { clientAddress: ends.value.sourceAddress, ends: sendProxyHeader ? ends.value : undefined };
      this.#accepted.set(key, { ...accepted, ...proxied });
    }
    this.#tls.emit("connection", raw);
  }

  async #serve(secure: TLSSocket): Promise<void> {
    const key = endsOf(secure);
    const accepted = this.#accepted.get(key);
    if (!accepted) return void secure.destroy();
    this.#accepted.set(key, { ...accepted, served: true });
    const requestId = this.#nextId();
    try {
      await serveClient(this.#parts, { ...accepted, secure, requestId });
    } catch (error) {
      this.#parts.log.error({ requestId, listener: this.#parts.name, error }, "connection failed");
      secure.destroy();
    }
  }

  async #refuseHandshake(error: NodeJS.ErrnoException, secure: TLSSocket): Promise<void> {
    const address = this.#accepted.get(endsOf(secure))?.clientAddress;
    secure.destroy();
    const { reason, detail } = handshakeDenial(error, secure);
    await this.#parts.admit(deny(reason, detail), this.#nextId(), address);
  }

  async #refuseMore(address: string | undefined): Promise<void> {
    await this.#parts.admit(deny("connections-full", this.#parts.name), this.#nextId(), address);
  }

  #nextId(): string {
    return `${this.#parts.name}-${(this.#requests++).toString(36)}`;
  }
}

/** One client may come from one port to two addresses of ours. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

function tlsOptions({ alpn, minVersion, limits }: TcpParts, { ca, cert, key }: TcpSecurity): TlsOptions {
  return {
    ca,
    cert,
    key,
    minVersion,
    ciphers: CIPHERS,
    honorCipherOrder: true,
    ecdhCurve: GROUPS,
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
    handshakeTimeout: limits.handshakeMs,
    requestCert: true,
    rejectUnauthorized: true,
    // A resumed session's certificate is not verified again: each connection makes a whole handshake, and with TLS 1.2
    // it makes one only, so that the certificate stays the one that was looked at.
    secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION,
  };
}
