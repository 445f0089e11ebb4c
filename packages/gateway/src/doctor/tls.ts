import type { X509Certificate } from "node:crypto";
import { connect, type SecureVersion } from "node:tls";
import type { Target } from "@sallyport/shared";
import type { Dial } from "../pools/dial.ts";
import { UpstreamFault } from "../pools/fault.ts";
import { type CertificateFacts, certificateFacts } from "./certificate.ts";
import { speaksPlainHttp } from "./http.ts";
import { Unexaminable } from "./unexaminable.ts";

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

const VERSIONS: readonly SecureVersion[] = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

/** @throws Unexaminable where TLS is not spoken at all */
export async function examineTls(parts: TlsParts): Promise<TlsFacts> {
  const { target, ca } = parts;
  const shown: { version: SecureVersion; certificate: X509Certificate }[] = [];
  for (const version of VERSIONS) {
    const certificate = await handshake(parts, version);
    if (certificate) shown.push({ version, certificate });
  }
  const last = shown.at(-1);
  if (!last) throw new Unexaminable((await speaksPlainHttp(parts)) ? "plain-http" : "not-tls", { target });
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

/** The certificate that it shows in this version; undefined where it does not speak that. */
function handshake({ target, patience }: TlsParts, version: SecureVersion): Promise<X509Certificate | undefined> {
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
    const settle = (certificate: X509Certificate | undefined) => {
      resolve(certificate);
      socket.destroy();
    };
    socket.setTimeout(patience, () => settle(undefined));
    socket.once("secureConnect", () => settle(socket.getPeerX509Certificate()));
    socket.once("close", () => settle(undefined));
    socket.on("error", () => settle(undefined));
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
