import { type KeyObject, verify, X509Certificate } from "node:crypto";
import { type BasicOCSPResponse, id_kp_OCSPSigning } from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { OcspFault } from "./fault.ts";

/** The hash of each kind of signature that is believed; null: the kind has its own. None of them is SHA-1. */
const HASHES: Readonly<Record<string, string | null>> = {
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": null,
};

/**
 * An answer counts that the issuer signed, or one to whom the issuer gave a certificate for that purpose
 * (RFC 6960, 4.2.2.2). `now` in milliseconds.
 * @throws OcspFault
 */
export function checkSignature(basic: BasicOCSPResponse, issuer: X509Certificate, now: number): void {
  const { algorithm } = basic.signatureAlgorithm;
  const hash = HASHES[algorithm];
  if (hash === undefined) throw new OcspFault(`its signature is of a kind that is not believed (${algorithm})`);
  const data = Buffer.from(basic.tbsResponseDataRaw ?? AsnConvert.serialize(basic.tbsResponseData));
  const signature = Buffer.from(basic.signature);
  const holds = (key: KeyObject) => isSigned({ hash, data, key, signature });
  if (holds(issuer.publicKey)) return;
  const signer = certificatesIn(basic).find(({ publicKey }) => holds(publicKey));
  if (!signer) throw new OcspFault("the signature of its answer does not hold");
  if (!isDelegate(signer, issuer, now)) {
    throw new OcspFault(
      `its answer was signed by ${JSON.stringify(signer.subject)}, to whom the issuer gave no valid certificate for that (extended key usage OCSPSigning)`,
    );
  }
}

function isDelegate(signer: X509Certificate, issuer: X509Certificate, now: number): boolean {
  const isIssued = signer.checkIssued(issuer) && signer.verify(issuer.publicKey);
  const isValid = signer.validFromDate.getTime() <= now && now < signer.validToDate.getTime();
  return isIssued && isValid && (signer.keyUsage ?? []).includes(id_kp_OCSPSigning);
}

function certificatesIn({ certs = [] }: BasicOCSPResponse): readonly X509Certificate[] {
  try {
    return certs.map((certificate) => new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))));
  } catch (error) {
    throw new OcspFault("a certificate in its answer cannot be read", { cause: error });
  }
}

interface Signed {
  readonly hash: string | null;
  readonly data: Buffer;
  readonly key: KeyObject;
  readonly signature: Buffer;
}

function isSigned({ hash, data, key, signature }: Signed): boolean {
  try {
    return verify(hash, data, key, signature);
  } catch {
    return false; // A key of another kind than the signature.
  }
}
