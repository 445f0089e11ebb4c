import { type Certificate, makeCertificate } from "../../support/certificates.ts";
import type { TlsProfile } from "./family.ts";

/** A controller that speaks TLS 1.0 and nothing newer, with a 1024-bit key signed with SHA-1: firmware of about 2012. */
export const TLS_1_0_ONLY: TlsProfile = {
  minVersion: "TLSv1",
  maxVersion: "TLSv1",
  ciphers: "DEFAULT:@SECLEVEL=0",
  key: "rsa-1024",
};

/** A controller with a 1024-bit key but today's protocol. */
export const RSA_1024: TlsProfile = { ciphers: "DEFAULT:@SECLEVEL=0", key: "rsa-1024" };

/** TLS 1.2 with CBC ciphers and no other. */
export const CBC_ONLY: TlsProfile = {
  maxVersion: "TLSv1.2",
  ciphers: "ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0",
  key: "rsa-2048",
};

const DAY_MS = 86_400_000;

/** A certificate for another name and address than the controller's, as one made before it got its own. */
export function foreignCertificate(): Promise<Certificate> {
  return makeCertificate({ names: ["idrac.invalid"] });
}

/** A certificate that ran out yesterday, as those of most controllers in service have. */
export function expiredCertificate(address: string): Promise<Certificate> {
  return makeCertificate({ names: [address], notAfter: new Date(Date.now() - DAY_MS) });
}
