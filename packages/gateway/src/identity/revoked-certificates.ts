import type { ChainLink } from "./certificate-chain.ts";

/** Certificates that their issuers took back, by `certificateKey`. */
export type RevokedCertificates = ReadonlySet<string>;

/** What names a certificate in its issuer's revocation list: the issuer's name, and a serial number in hexadecimal. */
export function certificateKey(issuer: string, serial: string): string {
  return `${serial.toUpperCase().replace(/^0+(?=.)/, "")} ${issuer}`;
}

/** The keys of a certificate and of those that it rests on: each of them taken back ends it. */
export function certificateKeys(chain: readonly ChainLink[]): readonly string[] {
  return chain.map(({ certificate }) => certificateKey(certificate.issuer, certificate.serialNumber));
}

export function isRevoked(keys: readonly string[], revocations: RevokedCertificates): boolean {
  return keys.some((key) => revocations.has(key));
}
