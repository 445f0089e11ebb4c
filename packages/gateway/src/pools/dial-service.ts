import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { HostPort } from "../config/configuration.ts";
import { Deadlines } from "./deadlines.ts";
import { UpstreamFault, upstreamFault } from "./fault.ts";
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
    if (call.stopped) return Promise.reject(givenUp());
    const tls = currentTls();
    const options = { host, port, onread: call.onread, allowHalfOpen: true, noDelay: true };
    const socket = tls ? connectTls({ ...options, ...tlsOptions(tls, host) }) : connect(options);
    return connected(socket, { event: tls ? "secureConnect" : "connect", deadlines, call });
  };
}

function givenUp(): UpstreamFault {
  return new UpstreamFault("controller-timeout", "aborted");
}

interface Awaited {
  readonly event: "connect" | "secureConnect";
  readonly deadlines: Deadlines;
  readonly call: ServiceCall;
}

/** The socket once it stands; it is destroyed where that does not come. */
function connected(socket: Socket, { event, deadlines, call }: Awaited): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      callOff();
      call.whenStopped(undefined);
      socket.off("close", closed);
    };
    const fail = (fault: UpstreamFault) => {
      settle();
      socket.destroy();
      reject(fault);
    };
    const closed = () => fail(new UpstreamFault("controller-reset", "closed"));
    const callOff = deadlines.begin(() => fail(new UpstreamFault("controller-timeout", "dial-timeout")));
    call.whenStopped(() => fail(givenUp()));
    socket.on(event, () => {
      settle();
      resolve(socket);
    });
    // It stays, and says nothing to anybody then: an error after `destroy` is nobody's.
    socket.on("error", (error) => fail(upstreamFault(error)));
    socket.on("close", closed);
  });
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
