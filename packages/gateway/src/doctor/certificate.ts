import type { KeyObject, X509Certificate } from "node:crypto";
import { spkiPin } from "../pools/dial.ts";

export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly selfSigned: boolean;
  /** `DNS:…`, `IP Address:…`, as the certificate has them. */
  readonly names: readonly string[];
  readonly key: { readonly type: string; readonly bits: number | undefined; readonly curve: string | undefined };
  /** OpenSSL's name; undefined where this Node cannot tell. */
  readonly signature: string | undefined;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** As the claim `spki` has it: SHA-256 of the key, base64url. */
  readonly pin: string;
}

export function certificateFacts(certificate: X509Certificate): CertificateFacts {
  const { publicKey, subject, issuer, subjectAltName } = certificate;
  return {
    subject: oneLine(subject),
    issuer: oneLine(issuer),
    selfSigned: subject === issuer && certificate.verify(publicKey),
    names: subjectAltName?.split(", ") ?? [],
    key: keyFacts(publicKey),
    signature: certificate.signatureAlgorithm,
    validFrom: certificate.validFromDate.toISOString(),
    validTo: certificate.validToDate.toISOString(),
    pin: spkiPin(publicKey.export({ type: "spki", format: "der" })),
  };
}

function keyFacts({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): CertificateFacts["key"] {
  return {
    type: asymmetricKeyType ?? "unknown",
    bits: asymmetricKeyDetails?.modulusLength,
    curve: asymmetricKeyDetails?.namedCurve,
  };
}

/** A name's parts are a line each. A controller writes them: they go to a terminal without control characters. */
function oneLine(name: string | undefined): string {
  return (name ?? "").replace(/\n/g, ", ").replace(/\p{Cc}/gu, "?");
}
