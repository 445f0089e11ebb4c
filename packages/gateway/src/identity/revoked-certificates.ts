import type { X509Certificate } from "node:crypto";
import type { ClientCertificate } from "./client-certificate.ts";

/** Certificates that their issuers took back, by `certificateKey`. */
export type RevokedCertificates = ReadonlySet<string>;

/** No certificate chain of use is longer. */
const MAX_CHAIN = 8;

/** What names a certificate in its issuer's revocation list: the issuer's name, and a serial number in hexadecimal. */
export function certificateKey(issuer: string, serial: string): string {
  return `${serial.toUpperCase().replace(/^0+(?=.)/, "")} ${issuer}`;
}

/** The keys of a certificate and of every intermediate above it: each of them taken back ends what rests on it. */
export function certificateKeys({ leaf }: ClientCertificate): readonly string[] {
  const keys: string[] = [];
  let certificate: X509Certificate | undefined = leaf;
  while (certificate && keys.length < MAX_CHAIN) {
    keys.push(certificateKey(certificate.issuer, certificate.serialNumber));
    const above: X509Certificate | undefined = certificate.issuerCertificate;
    certificate = above?.fingerprint256 === certificate.fingerprint256 ? undefined : above;
  }
  return keys;
}

export function isRevoked(keys: readonly string[], revocations: RevokedCertificates): boolean {
  return keys.some((key) => revocations.has(key));
}
