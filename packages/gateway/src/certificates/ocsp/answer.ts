import {
  BasicOCSPResponse,
  type CertID,
  id_pkix_ocsp_basic,
  OCSPResponse,
  OCSPResponseStatus,
  type SingleResponse,
} from "@peculiar/asn1-ocsp";
import { AsnConvert } from "@peculiar/asn1-schema";
import { OcspFault } from "./fault.ts";
import type { Question } from "./question.ts";
import { checkSignature } from "./signature.ts";

export type CertificateStatus = "good" | "revoked" | "unknown";

export interface Answer {
  readonly status: CertificateStatus;
  /** Milliseconds since the epoch; undefined: newer information may be there at any time. */
  readonly nextUpdate: number | undefined;
}

/** How far the responder's clock may be from ours, in milliseconds. */
const LEEWAY = 300_000;

const REFUSALS: Readonly<Record<number, string>> = {
  [OCSPResponseStatus.malformedRequest]: "it could not read the question (malformedRequest)",
  [OCSPResponseStatus.internalError]: "it has a fault of its own (internalError)",
  [OCSPResponseStatus.tryLater]: "it wants to be asked later (tryLater)",
  [OCSPResponseStatus.sigRequired]: "it takes signed questions only (sigRequired), which are not sent",
  [OCSPResponseStatus.unauthorized]:
    "it does not answer for this issuer (unauthorized): is `tls.ocsp.url` the responder of the authority in `ca`?",
};

/**
 * What an answer (DER) says of the certificate that was asked about, at `now` (ms).
 * @throws OcspFault where it is none, is of another certificate or time, or was signed by somebody else
 */
export function readAnswer(bytes: Buffer, question: Question, now: number): Answer {
  const basic = parseBasic(bytes);
  checkSignature(basic, question.issuer, now);
  const single = basic.tbsResponseData.responses.find(({ certID }) => isSame(certID, question.id));
  if (!single) throw new OcspFault("its answer is about another certificate");
  const thisUpdate = single.thisUpdate.getTime();
  const nextUpdate = single.nextUpdate?.getTime();
  if (thisUpdate > now + LEEWAY) throw new OcspFault("its answer is of the future: do both clocks go right?");
  if (nextUpdate !== undefined && nextUpdate < now - LEEWAY) {
    throw new OcspFault(`its answer should have been replaced by ${new Date(nextUpdate).toISOString()}`);
  }
  // Without a nonce and without an end an old answer could be shown for ever: such a one is made when it is asked for.
  const producedAt = basic.tbsResponseData.producedAt.getTime();
  if (nextUpdate === undefined && producedAt < now - LEEWAY) {
    throw new OcspFault(
      `its answer names no next update and was made at ${new Date(producedAt).toISOString()}: do both clocks go right?`,
    );
  }
  return { status: statusOf(single), nextUpdate };
}

function parseBasic(bytes: Buffer): BasicOCSPResponse {
  const { responseStatus, responseBytes } = parsed(() => AsnConvert.parse(bytes, OCSPResponse));
  if (responseStatus !== OCSPResponseStatus.successful) {
    throw new OcspFault(REFUSALS[responseStatus] ?? `it answered with status ${responseStatus}`);
  }
  if (responseBytes?.responseType !== id_pkix_ocsp_basic)
    throw new OcspFault("its answer is of a kind that nobody knows");
  return parsed(() => AsnConvert.parse(responseBytes.response.buffer, BasicOCSPResponse));
}

function parsed<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw new OcspFault("what it sent is no OCSP answer: is the URL a responder's?", { cause: error });
  }
}

function statusOf({ certStatus }: SingleResponse): CertificateStatus {
  if (certStatus.revoked !== undefined) return "revoked";
  return certStatus.good === undefined ? "unknown" : "good";
}

/** The algorithm is not compared: it may have parameters, or none, for the same hash. */
function isSame(one: CertID, other: CertID): boolean {
  return (
    one.hashAlgorithm.algorithm === other.hashAlgorithm.algorithm &&
    Buffer.from(one.issuerNameHash.buffer).equals(Buffer.from(other.issuerNameHash.buffer)) &&
    Buffer.from(one.issuerKeyHash.buffer).equals(Buffer.from(other.issuerKeyHash.buffer)) &&
    Buffer.from(one.serialNumber).equals(Buffer.from(other.serialNumber))
  );
}
