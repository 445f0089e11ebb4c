import { connect, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { HostPort } from "../config/configuration.ts";
import { connected } from "./dial.ts";

/** What is expected of an upstream that is reached over TLS. All PEM text. */
export interface ServiceTls {
  readonly ca: string;
  /** The name in its certificate, where that is not the host that is dialled. */
  readonly serverName: string | undefined;
  /** Ours, where it asks for one. */
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  readonly alpn: readonly string[];
}

export interface DialServiceOptions {
  /** As it stands now. Undefined: plain TCP (row J-20). */
  readonly tls: () => ServiceTls | undefined;
  /** Connecting and handshake together, in milliseconds (row J-15). */
  readonly timeout: number;
}

export interface ServiceCall {
  /** Where what is read goes, from the first byte on. */
  readonly onread: OnReadOpts;
  readonly signal: AbortSignal;
}

/** Opens a connection to a service. Rejects with `UpstreamFault`. */
export type DialService = (service: HostPort, call: ServiceCall) => Promise<Socket>;

/** After so much silence (ms) the kernel asks whether the other side is still there. */
const PROBE_AFTER = 30_000;

export function createDialService({ tls: currentTls, timeout }: DialServiceOptions): DialService {
  return async ({ host, port }, { onread, signal }) => {
    signal.throwIfAborted();
    const tls = currentTls();
    const common = { host, port, onread, allowHalfOpen: true };
    const socket = tls ? connectTls({ ...common, ...tlsOptions(tls, host) }) : connect(common);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER);
    const event = tls ? "secureConnect" : "connect";
    await connected({ socket, event, fault: () => undefined }, timeout, signal);
    return socket;
  };
}

function tlsOptions({ ca, serverName, client, alpn }: ServiceTls, host: string) {
  return {
    ca,
    ...client,
    // No address is a name that TLS could carry; it is then checked against the certificate's addresses.
    servername: serverName ?? (isIP(host) === 0 ? host : ""),
    minVersion: "TLSv1.2",
    ...(alpn.length > 0 ? { ALPNProtocols: [...alpn] } : {}),
  } as const;
}
