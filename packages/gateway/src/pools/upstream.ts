// Reaching upstreams: what is trusted there, dialling, TLS sessions, HTTP connections that are kept.
// Nothing here knows sessions or principals.
import type { Target } from "@sallyport/shared";

/** One upstream and what proves that it is the right one. */
export interface Upstream {
  readonly target: Target;
  readonly trust: UpstreamTrust;
}

/** How HTTP is spoken with an upstream. */
export interface HttpManners {
  /** Connections at once, in this process: more than a few and some controllers reset them all. */
  readonly connections: number;
  /** Its answers are read leniently (see lenient-answers.ts). */
  readonly lenient: boolean;
}

export interface UpstreamTrust {
  /** SHA-256 of acceptable SubjectPublicKeyInfos, base64url. Any one suffices; the certificate's name is not looked at. */
  readonly pins: readonly string[];
  /** PEM of the CAs that a certificate must come from, with the address as its subject; ignored where there are pins. */
  readonly ca: string | undefined;
  /** TLS 1.0, weak keys and ciphers are taken. */
  readonly legacy: boolean;
}

const keys = new WeakMap<Upstream, string>();

/**
 * Names everything that a TLS session's or a kept connection's trust rests on: what was checked under one key is
 * never used under another, because a resumed session shows no certificate.
 */
export function trustKey(upstream: Upstream): string {
  const known = keys.get(upstream);
  if (known !== undefined) return known;
  const key = makeTrustKey(upstream);
  keys.set(upstream, key);
  return key;
}

function makeTrustKey({ target, trust }: Upstream): string {
  const { address, port, scheme } = target;
  const pins = trust.pins.length > 1 ? [...trust.pins].sort() : trust.pins;
  return `${scheme} ${address} ${port} ${trust.legacy} ${pins.join()} ${caNumber(trust.ca)}`;
}

const numbers = new Map<string, number>();

/** An operator's CA is kilobytes long, and the key is asked for with every request. There are as many as settings name. */
function caNumber(ca: string | undefined): number {
  if (ca === undefined) return -1;
  const known = numbers.get(ca) ?? numbers.size;
  numbers.set(ca, known);
  return known;
}
