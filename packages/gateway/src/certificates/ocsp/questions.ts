import type { X509Certificate } from "node:crypto";
import { makeQuestion, type Question, responderOf } from "./question.ts";

/** No certificate chain of use is longer. */
const MAX_CHAIN = 8;

/** A certificate that has to be asked about, or why it cannot be. */
export interface Asked {
  readonly certificate: X509Certificate;
  readonly question: Question | undefined;
  readonly problem: string;
}

/**
 * What is to be asked about a client's chain: about the client's own certificate in any case, about one above it where
 * it names a responder. `url` stands in for the responder that the client's own certificate names.
 */
export function questionsFor(
  leaf: X509Certificate,
  authorities: readonly X509Certificate[],
  url: string | undefined,
): readonly Asked[] {
  const asked: Asked[] = [];
  let certificate: X509Certificate | undefined = leaf;
  while (certificate && asked.length < MAX_CHAIN && !isIn(authorities, certificate)) {
    const issuer = issuerOf(certificate, authorities);
    const responder = (certificate === leaf ? url : undefined) ?? responderOf(certificate);
    if (responder !== undefined || certificate === leaf) asked.push(ask(certificate, issuer, responder));
    certificate = issuer;
  }
  return asked;
}

function ask(certificate: X509Certificate, issuer: X509Certificate | undefined, url: string | undefined): Asked {
  if (url === undefined) {
    const problem = "the certificate names no responder: set `tls.ocsp.url`";
    return { certificate, question: undefined, problem };
  }
  if (!issuer) {
    const problem = "its issuer's certificate is not known: add that to `ca`";
    return { certificate, question: undefined, problem };
  }
  return { certificate, question: makeQuestion(certificate, issuer, url), problem: "" };
}

/** From what the operator trusts first; what the client sent was verified by the handshake. */
function issuerOf(certificate: X509Certificate, authorities: readonly X509Certificate[]): X509Certificate | undefined {
  const known = authorities.find((one) => certificate.checkIssued(one) && certificate.verify(one.publicKey));
  const above = known ?? certificate.issuerCertificate;
  return above?.fingerprint256 === certificate.fingerprint256 ? undefined : above;
}

function isIn(authorities: readonly X509Certificate[], { fingerprint256 }: X509Certificate): boolean {
  return authorities.some((one) => one.fingerprint256 === fingerprint256);
}
