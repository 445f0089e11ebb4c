import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { UpstreamFault, upstreamFault } from "./fault.ts";
import { TlsSessions } from "./tls-sessions.ts";
import { trustKey, type Upstream, type UpstreamTrust } from "./upstream.ts";

export interface DialOptions {
  /** Whether this address may be dialled at all; asked at every dial, with the address that is dialled. */
  readonly allowed: (address: string) => boolean;
  /** Connecting and handshake together, in milliseconds. */
  readonly timeout: number;
}

/** Opens a connection, TLS included and its peer checked. Rejects with `UpstreamFault`. */
export type Dial = (upstream: Upstream, signal?: AbortSignal) => Promise<Socket>;

/** Fast on every processor, known to every controller of this decade; no post-quantum group, which old ones refuse. */
const GROUPS = "P-256:X25519:P-384";
const CIPHERS =
  "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:" +
  "ECDHE-RSA-AES128-GCM-SHA256:DEFAULT";

export function createDial({ allowed, timeout }: DialOptions): Dial {
  const sessions = new TlsSessions();
  return async (upstream, signal) => {
    const { address, port, scheme } = upstream.target;
    if (!allowed(address)) throw new UpstreamFault("target-network", "not-allowed");
    const limit = AbortSignal.timeout(timeout);
    const stop = signal ? AbortSignal.any([signal, limit]) : limit;
    const socket = scheme === "http" ? connect({ host: address, port, noDelay: true }) : openTls(upstream, sessions);
    await settled(socket, scheme === "http" ? "connect" : "secureConnect", stop);
    return socket;
  };
}

/** Waits for the socket's event; the socket is destroyed where that does not come. */
function settled(socket: Socket, event: string, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      socket.destroy();
      done();
      reject(upstreamFault(error));
    };
    const stopped = () => fail(new UpstreamFault("controller-timeout", "dial-timeout"));
    const closed = () => fail(new UpstreamFault("controller-reset", "closed"));
    const ready = () => {
      done();
      resolve();
    };
    const done = () => {
      socket.off("error", fail).off("close", closed).off(event, ready);
      socket.on("error", ignoreLate);
      stop.removeEventListener("abort", stopped);
    };
    socket.on("error", fail).on("close", closed).on(event, ready);
    if (stop.aborted) stopped();
    else stop.addEventListener("abort", stopped);
  });
}

/** Keeps an error after `destroy` from being unhandled; whoever takes the socket over listens for itself. */
function ignoreLate(): void {}

function openTls(upstream: Upstream, sessions: TlsSessions): TLSSocket {
  const key = trustKey(upstream);
  const session = sessions.get(key);
  const socket = connectTls({ ...tlsOptions(upstream), ...(session ? { session } : {}) });
  socket.setNoDelay(true);
  let trusted = false;
  let pending: Buffer | undefined;
  const forget = () => sessions.delete(key);
  socket.prependOnceListener("secureConnect", () => {
    if (!socket.isSessionReused() && !isPinned(socket, upstream.trust)) {
      socket.destroy(new UpstreamFault("controller-pin", "pin-mismatch"));
      return;
    }
    trusted = true;
    socket.off("error", forget);
    if (pending) sessions.set(key, pending);
  });
  socket.on("session", (fresh: Buffer) => {
    if (trusted) sessions.set(key, fresh);
    else pending = fresh;
  });
  // A session that a controller no longer knows must not fail every dial; later errors say nothing about it.
  socket.once("error", forget);
  return socket;
}

function tlsOptions({ target, trust }: Upstream): ConnectionOptions {
  const verify = trust.pins.length === 0 && trust.ca !== undefined;
  return {
    host: target.address,
    port: target.port,
    servername: "",
    ALPNProtocols: ["http/1.1"],
    ecdhCurve: GROUPS,
    rejectUnauthorized: verify,
    ...(verify ? { ca: trust.ca } : {}),
    ...(trust.legacy
      ? { minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" }
      : { minVersion: "TLSv1.2", ciphers: CIPHERS }),
  };
}

function isPinned(socket: TLSSocket, { pins }: UpstreamTrust): boolean {
  if (pins.length === 0) return true;
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return false;
  return pins.includes(spkiPin(certificate.publicKey.export({ type: "spki", format: "der" })));
}

/** SHA-256 of a DER SubjectPublicKeyInfo, base64url: the form of the claim `spki`. */
export function spkiPin(der: Buffer): string {
  return createHash("sha256").update(der).digest("base64url");
}
