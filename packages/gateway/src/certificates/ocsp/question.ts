// What an OCSP responder (RFC 6960) says of clients' certificates: asked, believed where it is signed by whom the
// issuer lets sign, kept until it is due, and asked anew for those who are connected.
import { createHash, type X509Certificate } from "node:crypto";
import { CertID, OCSPRequest, Request, TBSRequest } from "@peculiar/asn1-ocsp";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier, Certificate } from "@peculiar/asn1-x509";

/** One certificate, whoever issued it, and where to ask about it. */
export interface Question {
  readonly url: string;
  readonly issuer: X509Certificate;
  /** How the responder calls the certificate; what an answer has to be about. */
  readonly id: CertID;
  /** DER, as it is sent. */
  readonly der: Buffer;
}

/** RFC 5019 (2.1.1) and every responder know this hash; it names a certificate here and protects nothing. */
const NAMING_HASH = "1.3.14.3.2.26";

/** No nonce: most responders answer from what they signed ahead of time (RFC 5019, 4). */
export function makeQuestion(certificate: X509Certificate, issuer: X509Certificate, url: string): Question {
  const above = AsnConvert.parse(issuer.raw, Certificate).tbsCertificate;
  const id = new CertID({
    hashAlgorithm: new AlgorithmIdentifier({ algorithm: NAMING_HASH, parameters: null }),
    issuerNameHash: new OctetString(sha1(AsnConvert.serialize(above.subject))),
    issuerKeyHash: new OctetString(sha1(above.subjectPublicKeyInfo.subjectPublicKey)),
    serialNumber: AsnConvert.parse(certificate.raw, Certificate).tbsCertificate.serialNumber,
  });
  const request = new OCSPRequest({ tbsRequest: new TBSRequest({ requestList: [new Request({ reqCert: id })] }) });
  return { url, issuer, id, der: Buffer.from(AsnConvert.serialize(request)) };
}

/** The responder that a certificate names (authority information access), over HTTP. */
export function responderOf({ infoAccess }: X509Certificate): string | undefined {
  return /^OCSP - URI:(https?:\/\/\S+)$/m.exec(infoAccess ?? "")?.[1];
}

function sha1(bytes: ArrayBuffer): Buffer {
  return createHash("sha1").update(Buffer.from(bytes)).digest();
}
