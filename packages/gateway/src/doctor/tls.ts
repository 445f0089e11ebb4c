import type { X509Certificate } from "node:crypto";
import { connect, type SecureVersion } from "node:tls";
import type { Target } from "@sallyport/shared";
import type { Dial } from "../pools/dial.ts";
import { UpstreamFault } from "../pools/fault.ts";
import { type CertificateFacts, certificateFacts } from "./certificate.ts";

export interface TlsFacts {
  /** Versions that it takes with the weakest ciphers and keys allowed, the oldest first. */
  readonly versions: readonly SecureVersion[];
  /** How the gateway gets on with it: as it stands, with `LEGACY_TLS`, or not at all. */
  readonly accepted: "as-is" | "legacy" | "never";
  /** The TLS library's word for why not as it stands. */
  readonly fault?: string;
  readonly certificate: CertificateFacts;
  /** Whether the certificate is of `CONTROLLER_CA`; absent where none is set. */
  readonly ofCa?: boolean;
}

export interface TlsParts {
  readonly target: Target;
  readonly dial: Dial;
  readonly ca: string | undefined;
  readonly patience: number;
}

/** In which a server of any age answers, be it with an alert: whoever says nothing to it speaks no TLS. */
const SPOKEN_BY_ALL: SecureVersion = "TLSv1.2";
const VERSIONS: readonly SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** What a port has of TLS; undefined where it speaks none. */
export async function examineTls(parts: TlsParts): Promise<TlsFacts | undefined> {
  const { ca } = parts;
  const shown = await handshakes(parts);
  const last = shown.at(-1);
  if (!last) return undefined;
  const asIs = await tryDial(parts, { legacy: false, ca: undefined });
  const legacy = asIs === undefined ? undefined : await tryDial(parts, { legacy: true, ca: undefined });
  const accepted = asIs === undefined ? "as-is" : legacy === undefined ? "legacy" : "never";
  return {
    versions: shown.map(({ version }) => version),
    accepted,
    ...(asIs === undefined ? {} : { fault: asIs.code }),
    certificate: certificateFacts(last.certificate),
    ...(ca === undefined ? {} : { ofCa: (await tryDial(parts, { legacy: accepted !== "as-is", ca })) === undefined }),
  };
}

interface Shown {
  readonly version: SecureVersion;
  readonly certificate: X509Certificate;
}

/** The certificate that it shows in each version that it speaks, the oldest first. */
async function handshakes(parts: TlsParts): Promise<readonly Shown[]> {
  const first = await handshake(parts, SPOKEN_BY_ALL);
  if (first === "silent") return [];
  const shown: Shown[] = [];
  for (const version of VERSIONS) {
    const certificate = version === SPOKEN_BY_ALL ? first : await handshake(parts, version);
    if (typeof certificate === "object") shown.push({ version, certificate });
  }
  return shown;
}

/** The certificate that it shows in this version; `refused` where it does not speak that, `silent` where it says nothing. */
function handshake(
  { target, patience }: TlsParts,
  version: SecureVersion,
): Promise<X509Certificate | "refused" | "silent"> {
  return new Promise((resolve) => {
    const socket = connect({
      host: target.address,
      port: target.port,
      servername: "",
      minVersion: version,
      maxVersion: version,
      ciphers: "DEFAULT:@SECLEVEL=0",
      // Whatever certificate it has is to be looked at; nothing is said over this connection.
      rejectUnauthorized: false,
    });
    const settle = (outcome: X509Certificate | "refused" | "silent") => {
      clearTimeout(timer);
      resolve(outcome);
      socket.destroy();
    };
    const timer = setTimeout(() => settle("silent"), patience);
    socket.once("secureConnect", () => settle(socket.getPeerX509Certificate() ?? "refused"));
    socket.once("close", () => settle("refused"));
    socket.on("error", () => settle("refused"));
  });
}

/** Dials as the gateway does; why it would not, undefined where it would. */
async function tryDial(
  { target, dial }: TlsParts,
  trust: { readonly legacy: boolean; readonly ca: string | undefined },
): Promise<UpstreamFault | undefined> {
  try {
    (await dial({ target, trust: { pins: [], ...trust } })).destroy();
    return undefined;
  } catch (error) {
    if (error instanceof UpstreamFault) return error;
    throw error;
  }
}
