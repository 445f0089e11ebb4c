import type { TcpConfiguration, TcpUpstreamTls } from "../config/configuration.ts";
import { type ClientTrust, readClientTrust } from "./client-trust.ts";
import { readPair } from "./files.ts";
import { CertificateError, type CertificatePair, type CheckedPair, pairWarnings } from "./pair.ts";

/** What is expected of upstreams over TLS, and shown to them; PEM text. */
export interface UpstreamMaterial {
  readonly ca: string;
  readonly serverName: string | undefined;
  readonly client: CertificatePair | undefined;
  readonly alpn: readonly string[];
}

/** Everything that a TCP listener reads from files. */
export interface ListenerFiles {
  readonly pair: CheckedPair;
  readonly trust: ClientTrust;
  /** Undefined: upstreams are plain TCP. */
  readonly upstream: UpstreamMaterial | undefined;
  /** What is doubtful about the files, though they can be used. */
  readonly warnings: readonly string[];
}

/**
 * Reads and checks the files of a listener, those for its upstreams included; `now` in milliseconds.
 * @throws CertificateError with every fault of them all
 */
export async function readListenerFiles(
  { tls, upstreamTls }: Pick<TcpConfiguration, "tls" | "upstreamTls">,
  now: number,
): Promise<ListenerFiles> {
  const [pair, trust, upstream] = await Promise.allSettled([
    readRequiredPair(tls),
    readClientTrust(tls.caPath, tls.crlPaths),
    upstreamTls ? readUpstream(upstreamTls) : undefined,
  ]);
  if (pair.status === "rejected" || trust.status === "rejected" || upstream.status === "rejected") {
    throw new CertificateError(
      [pair, trust, upstream].flatMap((one) => (one.status === "rejected" ? faultsOf(one.reason) : [])),
    );
  }
  const shown = upstream.value?.client;
  return {
    pair: pair.value,
    trust: trust.value,
    upstream: upstream.value,
    warnings: [
      ...pairWarnings(pair.value, now),
      ...trust.value.warnings,
      ...(shown ? pairWarnings(shown, now).map((warning) => `upstreamTls: ${warning}`) : []),
    ],
  };
}

/** Every file that is read, so that changes are seen. */
export function listenerPaths({ tls, upstreamTls }: Pick<TcpConfiguration, "tls" | "upstreamTls">): readonly string[] {
  const { client } = upstreamTls ?? {};
  return [
    ...[tls.caPath, tls.certPath, tls.keyPath, ...tls.crlPaths],
    ...(upstreamTls ? [upstreamTls.caPath] : []),
    ...(client ? [client.certPath, client.keyPath] : []),
  ];
}

async function readUpstream(tls: TcpUpstreamTls): Promise<UpstreamMaterial & { client: CheckedPair | undefined }> {
  const { caPath, serverName, client, alpn } = tls;
  const [authorities, pair] = await Promise.allSettled([
    readClientTrust(caPath, []),
    client ? readRequiredPair(client) : undefined,
  ]);
  if (authorities.status === "fulfilled" && pair.status === "fulfilled") {
    return { ca: authorities.value.ca, serverName, client: pair.value, alpn };
  }
  const faults = [authorities, pair].flatMap((one) => (one.status === "rejected" ? faultsOf(one.reason) : []));
  throw new CertificateError(faults.map((fault) => `upstreamTls: ${fault}`));
}

async function readRequiredPair(files: { certPath: string; keyPath: string }): Promise<CheckedPair> {
  const pair = await readPair({ ...files, required: true });
  if (!pair) throw new TypeError("a pair that is required is never left out");
  return pair;
}

function faultsOf(error: unknown): readonly string[] {
  if (error instanceof CertificateError) return error.faults;
  throw error;
}
