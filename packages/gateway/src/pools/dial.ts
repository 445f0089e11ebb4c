import { createHash } from "node:crypto";
import { connect, type OnReadOpts, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";
import { type Attempt, aborted, connected } from "./attempt.ts";
import type { Cancel } from "./cancellation.ts";
import { Deadlines } from "./deadlines.ts";
import { UpstreamFault } from "./fault.ts";
import { withoutCertificate } from "./session-encoding.ts";
import { TlsContexts, verifiedBy } from "./tls-contexts.ts";
import { TlsSessions } from "./tls-sessions.ts";
import { trustKey, type Upstream, type UpstreamTrust } from "./upstream.ts";

export interface DialOptions {
  /** Whether this address may be dialled at all; asked at every dial, with the address that is dialled. */
  readonly allowed: (address: string) => boolean;
  /** Connecting and handshake together, in milliseconds. */
  readonly timeout: number;
}

/**
 * Opens a connection, TLS included and its peer checked. Rejects with `UpstreamFault`. `onread`: where what is read goes,
 * from the first byte on; else it is read by events.
 */
export type Dial = (upstream: Upstream, signal?: Cancel, onread?: OnReadOpts) => Promise<Socket>;

/** After so much silence (ms) the kernel asks whether a controller is still there: one that lost power never says so. */
const PROBE_AFTER = 30_000;
const SOCKET = { noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER } as const;

export function createDial({ allowed, timeout }: DialOptions): Dial {
  const memory: TlsMemory = { contexts: new TlsContexts(), sessions: new TlsSessions() };
  const deadlines = new Deadlines(timeout);
  return (upstream, signal, onread) => {
    const { address, scheme } = upstream.target;
    if (!allowed(address)) return Promise.reject(new UpstreamFault("target-network", "not-allowed"));
    if (signal?.aborted) return Promise.reject(aborted());
    const attempt = scheme === "http" ? startPlain(upstream, onread) : startTls(upstream, memory, onread);
    return connected(attempt, deadlines, signal);
  };
}

function startPlain({ target }: Upstream, onread?: OnReadOpts): Attempt {
  const { address: host, port } = target;
  const socket = connect({ host, port, ...SOCKET, ...(onread ? { onread } : {}) });
  return { socket, event: "connect", fault: () => undefined };
}

/** What connections over TLS have in common. */
interface TlsMemory {
  readonly contexts: TlsContexts;
  readonly sessions: TlsSessions;
}

/** What `connect` does with its option `session`, which it does twice: each time OpenSSL parses the whole certificate. */
interface Resuming extends TLSSocket {
  setSession(session: Buffer): void;
}

function startTls(upstream: Upstream, { contexts, sessions }: TlsMemory, onread?: OnReadOpts): Attempt {
  const key = trustKey(upstream);
  const session = sessions.get(key);
  const socket = connectTls(tlsOptions(upstream, contexts.for(upstream.trust), onread));
  if (session) (socket as Resuming).setSession(session);
  let trusted = false;
  let resumed = false;
  let pending: Buffer | undefined;
  // Where a CA vouches for the peer, Node looks at each resumption what was found out about its certificate.
  const lean = verifiedBy(upstream.trust) === undefined;
  const remember = (fresh: Buffer) => {
    // What comes of a session without a certificate has none either.
    sessions.set(key, lean && !resumed ? withoutCertificate(fresh) : fresh);
  };
  socket.on("session", (fresh: Buffer) => {
    if (trusted) remember(fresh);
    else pending = fresh;
  });
  const fault = () => {
    // A resumed session shows no certificate: it goes back to a handshake that was checked, under the same key.
    resumed = socket.isSessionReused();
    if (!resumed && !isPinned(socket, upstream.trust)) {
      return new UpstreamFault("controller-pin", "pin-mismatch");
    }
    trusted = true;
    if (pending) remember(pending);
    return undefined;
  };
  // What a controller stumbles over must not fail every dial to come; a later end says nothing about it.
  return { socket, event: "secureConnect", fault, failed: () => sessions.delete(key) };
}

/** What ALPN (RFC 7301, 3.1) offers, as it goes out: of a list Node would make that anew for each connection. */
const HTTP_1 = Buffer.from("\x08http/1.1", "latin1");

type TlsOptions = ConnectionOptions & typeof SOCKET & { readonly onread: OnReadOpts | undefined };

function tlsOptions({ target, trust }: Upstream, secureContext: SecureContext, onread?: OnReadOpts): TlsOptions {
  return {
    host: target.address,
    port: target.port,
    noDelay: SOCKET.noDelay,
    keepAlive: SOCKET.keepAlive,
    keepAliveInitialDelay: SOCKET.keepAliveInitialDelay,
    servername: "",
    ALPNProtocols: HTTP_1,
    rejectUnauthorized: verifiedBy(trust) !== undefined,
    secureContext,
    onread,
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
