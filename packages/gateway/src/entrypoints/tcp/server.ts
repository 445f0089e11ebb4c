// The entrypoint for TCP clients with certificates: TLS bytes into attempts, refusals into silence, then a splice.
// It verifies, decides, counts and picks nothing itself.
import { AsyncLocalStorage } from "node:async_hooks";
import { constants } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, type Server as TlsServer } from "node:tls";
import { deny } from "@sallyport/shared";
import { Crowd } from "../../pacing/crowd.ts";
import type { ProxiedEnds } from "../../relay/proxy-protocol.ts";
import { serveClient } from "./connection.ts";
import { handshakeDenial } from "./handshake.ts";
import type { TcpParts, TcpSecurity } from "./parts.ts";
import { isBalancer, peerAddress, readProxiedEnds, socketEnds } from "./proxied.ts";

export interface TcpEntrypoint {
  readonly server: Server;
  /** For new connections; open ones go on with what they were let in by. */
  setSecurity(security: TcpSecurity): void;
  /** @throws where the address cannot be listened on, or it was closed meanwhile */
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
  clientAddress: string | undefined;
  /** The client's connection, where its upstream is told of it: the one to us, or the one to the balancer. */
  ends: ProxiedEnds | undefined;
  /** Since it began: tells that its handshake is over. */
  over: (() => void) | undefined;
  /** The handshake is done. */
  served: boolean;
}

class Listener implements TcpEntrypoint {
  readonly server: Server;
  readonly #parts: TcpParts;
  /** Never listens: it is given connections whose PROXY header was read. */
  readonly #tls: TlsServer;
  readonly #accepted = new Crowd<Accepted>();
  /** Node does not say which connection a TLS socket stands on: its events come in the context that it was made in. */
  readonly #standsOn = new AsyncLocalStorage<Accepted>();
  #requests = 0;
  #closed = false;
  #gone: PromiseWithResolvers<void> | undefined;

  constructor(parts: TcpParts, security: TcpSecurity) {
    this.#parts = parts;
    this.#tls = createTlsServer(tlsOptions(parts, security));
    this.#tls.on("secureConnection", (secure) => {
      // From now on one side's end leaves the other open. Before, a client that ends has given the handshake up.
      secure.allowHalfOpen = true;
      const accepted = this.#standsOn.getStore();
      if (!accepted) return void secure.destroy();
      // What is made from now on may outlive it.
      void this.#standsOn.exit(() => this.#serve(secure, accepted));
    });
    this.#tls.on("tlsClientError", (error, secure) => {
      const address = this.#standsOn.getStore()?.clientAddress;
      void this.#standsOn.exit(() => this.#refuseHandshake(error, secure, address));
    });
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
    // While its address was looked up there was nothing to close.
    if (this.#closed) {
      this.server.close();
      throw new Error("closed before it listened");
    }
    // One connection that cannot be accepted is no reason to stop. For want of descriptors none comes here: libuv
    // lets go of what it cannot take.
    this.server.on("error", (error) => log.error({ error, listener: name }, "a connection was not accepted"));
  }

  async drain(limit: number): Promise<void> {
    this.#stop();
    for (const { raw, served } of this.#accepted) if (!served) raw.destroy();
    const late = AbortSignal.timeout(limit);
    if (this.#accepted.size > 0) await Promise.race([this.#allGone(), once(late, "abort")]);
  }

  async close(): Promise<void> {
    this.#stop();
    for (const { raw } of this.#accepted) raw.destroy();
    if (this.#accepted.size > 0) await this.#allGone();
  }

  #stop(): void {
    this.#closed = true;
    if (this.server.listening) this.server.close();
  }

  #allGone(): Promise<void> {
    this.#gone ??= Promise.withResolvers<void>();
    return this.#gone.promise;
  }

  #accept(raw: Socket): void {
    raw.on("error", () => raw.destroy());
    // It was reset before it was taken.
    if (raw.remoteAddress === undefined) return void raw.destroy();
    const { acceptProxyHeaderFrom, sendProxyHeader } = this.#parts;
    const ends = sendProxyHeader ? socketEnds(raw) : undefined;
    const accepted: Accepted = { raw, clientAddress: peerAddress(raw), ends, over: undefined, served: false };
    const forget = this.#accepted.add(accepted);
    raw.on("close", () => {
      // Node tells from here of a handshake that its client gave up, and this event has another context.
      if (!accepted.served) this.#standsOn.enterWith(accepted);
      forget();
      accepted.over?.();
      if (this.#accepted.size === 0) this.#gone?.resolve();
    });
    if (isBalancer(raw, acceptProxyHeaderFrom)) void this.#acceptProxied(accepted);
    else this.#beginHandshake(accepted);
  }

  async #acceptProxied(accepted: Accepted): Promise<void> {
    const { limits, sendProxyHeader } = this.#parts;
    const ends = await readProxiedEnds(accepted.raw, limits.handshakeMs);
    if (!ends.ok) {
      await this.#parts.admit(ends, this.#nextId(), accepted.clientAddress);
      return void accepted.raw.destroy();
    }
    if (accepted.raw.destroyed) return;
    if (ends.value !== "local") {
      accepted.clientAddress = ends.value.sourceAddress;
      accepted.ends = sendProxyHeader ? ends.value : undefined;
    }
    this.#beginHandshake(accepted);
  }

  #beginHandshake(accepted: Accepted): void {
    const { raw, clientAddress = "" } = accepted;
    accepted.over = this.#parts.handshakes.begin(clientAddress);
    if (!accepted.over) {
      raw.destroy();
      return void this.#refuseMore(clientAddress, "handshakes");
    }
    this.#standsOn.run(accepted, () => this.#tls.emit("connection", accepted.raw));
  }

  async #serve(secure: TLSSocket, accepted: Accepted): Promise<void> {
    const { raw, clientAddress, ends } = accepted;
    accepted.served = true;
    accepted.over?.();
    const requestId = this.#nextId();
    try {
      await serveClient(this.#parts, { raw, clientAddress, ends, secure, requestId });
    } catch (error) {
      this.#parts.log.error({ requestId, listener: this.#parts.name, error }, "connection failed");
      secure.destroy();
    }
  }

  async #refuseHandshake(error: NodeJS.ErrnoException, secure: TLSSocket, address: string | undefined): Promise<void> {
    secure.destroy();
    const { reason, detail } = handshakeDenial(error, secure);
    await this.#parts.admit(deny(reason, detail), this.#nextId(), address);
  }

  async #refuseMore(address: string | undefined, detail = this.#parts.name): Promise<void> {
    await this.#parts.admit(deny("connections-full", detail), this.#nextId(), address);
  }

  #nextId(): string {
    return `${this.#parts.name}-${(this.#requests++).toString(36)}`;
  }
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
