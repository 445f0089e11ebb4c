import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { HostPort } from "../config/configuration.ts";
import { aborted, connected } from "./attempt.ts";
import { Deadlines } from "./deadlines.ts";
import type { ServiceCall } from "./service-call.ts";

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

/** Opens a connection to a service. Rejects with `UpstreamFault`. */
export type DialService = (service: HostPort, call: ServiceCall) => Promise<Socket>;

export function createDialService({ tls: currentTls, timeout }: DialServiceOptions): DialService {
  const deadlines = new Deadlines(timeout);
  return ({ host, port }, call) => {
    if (call.aborted) return Promise.reject(aborted());
    const tls = currentTls();
    const options = { host, port, onread: call.onread, allowHalfOpen: true, noDelay: true };
    const socket = tls ? connectTls({ ...options, ...tlsOptions(tls, host) }) : connect(options);
    const event = tls ? "secureConnect" : "connect";
    return connected({ socket, event, fault: () => undefined }, deadlines, call);
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
