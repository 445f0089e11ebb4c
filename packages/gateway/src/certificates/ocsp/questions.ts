import type { X509Certificate } from "node:crypto";
import { makeQuestion, type Question, responderOf } from "./question.ts";

/** A certificate that has to be asked about, or why it cannot be. */
export interface Asked {
  readonly certificate: X509Certificate;
  readonly question: Question | undefined;
  readonly problem: string;
}

/** A certificate, and who signed it where that is known. */
export interface Signed {
  readonly certificate: X509Certificate;
  readonly issuer: X509Certificate | undefined;
}

/**
 * What is to be asked about a client's chain: about the client's own certificate, which comes first, in any case, about
 * one above it where it names a responder, about the operator's own authorities never. `url` stands in for the
 * responder that the client's own certificate names.
 */
export function questionsFor(
  chain: readonly Signed[],
  authorities: readonly X509Certificate[],
  url: string | undefined,
): readonly Asked[] {
  return chain.flatMap(({ certificate, issuer }, index) => {
    if (isIn(authorities, certificate)) return [];
    const responder = (index === 0 ? url : undefined) ?? responderOf(certificate);
    return responder === undefined && index > 0 ? [] : [ask(certificate, issuer, responder)];
  });
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

function isIn(authorities: readonly X509Certificate[], { fingerprint256 }: X509Certificate): boolean {
  return authorities.some((one) => one.fingerprint256 === fingerprint256);
}
