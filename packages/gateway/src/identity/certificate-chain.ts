import type { X509Certificate } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";

/** One certificate that a client's rests on, or the client's own. */
export interface ChainLink {
  readonly certificate: X509Certificate;
  /** Who signed it; absent where that is not known, as above a root that nobody sent. */
  readonly issuer: X509Certificate | undefined;
}

/** No client needs to send more, and no chain of use is longer. */
const MAX_CERTIFICATES = 16;

type Chain = Result<readonly ChainLink[]>;

/** Finds what clients' certificates rest on, among what they sent and a listener's authorities. */
export class ChainFinder {
  readonly #authorities: readonly X509Certificate[];
  /** Of clients that send their own certificate alone all have the same above it. */
  readonly #above = new Map<X509Certificate, Chain>();

  constructor(authorities: readonly X509Certificate[]) {
    this.#authorities = authorities;
  }

  /**
   * Every certificate that a client's rests on, its own first, however the handshake went from one to the other. What a
   * client sends beside them is not looked at: Node shows it as if each had issued the one before it.
   */
  find(leaf: X509Certificate): Chain {
    if (leaf.issuerCertificate) return walk(leaf, this.#authorities, sentWith(leaf));
    const [issuer, ...others] = this.#authorities.filter((one) => leaf.checkIssued(one));
    if (!issuer || others.length > 0) return walk(leaf, this.#authorities, []);
    const above = this.#chainOf(issuer);
    return above.ok ? allow([{ certificate: leaf, issuer }, ...above.value]) : above;
  }

  #chainOf(authority: X509Certificate): Chain {
    const known = this.#above.get(authority);
    if (known) return known;
    const chain = walk(authority, this.#authorities, []);
    this.#above.set(authority, chain);
    return chain;
  }
}

function walk(leaf: X509Certificate, authorities: readonly X509Certificate[], sent: readonly X509Certificate[]): Chain {
  if (sent.length > MAX_CERTIFICATES) return deny("certificate-untrusted", "the client sent too many certificates");
  const known = vouchedFor(sent, authorities);
  const chain: X509Certificate[] = [leaf];
  const links: ChainLink[] = [];
  // It grows while it is walked. Two authorities may have signed one key: both are of the chain.
  for (const certificate of chain) {
    const issuers = issuersOf(certificate, known);
    links.push({ certificate, issuer: issuers[0] });
    chain.push(...issuers.filter((issuer) => !isAmong(chain, issuer)));
    if (chain.length > MAX_CERTIFICATES) return deny("certificate-untrusted", "its chain is too long");
  }
  const isRooted = chain.some((certificate) => isAmong(authorities, certificate));
  return isRooted ? allow(links) : deny("certificate-untrusted", "it rests on no authority of the listener any more");
}

function sentWith(leaf: X509Certificate): readonly X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let next = leaf.issuerCertificate; next && sent.length <= MAX_CERTIFICATES; next = next.issuerCertificate) {
    sent.push(next);
  }
  return sent;
}

/**
 * By name and key identifier. Where only one fits, the handshake has proved its signature, for it found no other
 * either: the costly question is asked where there is a choice.
 */
function issuersOf(certificate: X509Certificate, known: readonly X509Certificate[]): readonly X509Certificate[] {
  const fitting: X509Certificate[] = [];
  for (const one of known) if (certificate.checkIssued(one) && !isAmong(fitting, one)) fitting.push(one);
  return fitting.length < 2 ? fitting : fitting.filter(({ publicKey }) => certificate.verify(publicKey));
}

/**
 * The authorities, and of what a client sent only what they vouch for by signature, one through the other. A handshake
 * proves one path: beside it a client may send what it made itself, with an authority's name and its public key.
 */
function vouchedFor(sent: readonly X509Certificate[], authorities: readonly X509Certificate[]): X509Certificate[] {
  const known = [...authorities];
  // It grows while it is walked.
  for (const above of known) {
    if (!above.ca) continue;
    known.push(...sent.filter((one) => !isAmong(known, one) && one.checkIssued(above) && one.verify(above.publicKey)));
  }
  return known;
}

function isAmong(certificates: readonly X509Certificate[], { raw }: X509Certificate): boolean {
  return certificates.some((one) => one.raw.equals(raw));
}
