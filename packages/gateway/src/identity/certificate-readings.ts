import type { X509Certificate } from "node:crypto";
import type { Result } from "@sallyport/shared";
import { ChainFinder, type ChainLink } from "./certificate-chain.ts";
import type { CertificatePrincipal, Identify } from "./client-certificate.ts";
import { certificateKeys } from "./revoked-certificates.ts";

/**
 * What a client's certificate says and rests on, which is the same whenever it is shown. Whether that is good now (its
 * time, revocations, groups, limits) is nothing of it.
 */
export interface CertificateReading {
  /** SHA-256 of the certificate, in hexadecimal. */
  readonly fingerprint: string;
  /** Seconds since the epoch. */
  readonly validFrom: number;
  readonly validUntil: number;
  readonly chain: Result<readonly ChainLink[]>;
  /** Revocation keys of the chain; none where there is no chain. */
  readonly keys: readonly string[];
  readonly principal: Result<CertificatePrincipal>;
}

export interface CertificateReadingsOptions {
  /** Whom the listener takes certificates from. */
  readonly authorities: readonly X509Certificate[];
  readonly identify: Identify;
  /** How many are remembered before the oldest are forgotten, those of the generation before it aside. */
  readonly generation?: number;
}

/** Certificates that are remembered, in two generations: more forgets the oldest, which is read anew when it comes. */
const GENERATION = 1_000;
/** What was sent with more than so many others is read each time: it holds them all. */
const MOST_SENT = 3;
/**
 * The same of what is longer than so many bytes (DER), all certificates together: what a client sends beside its own is
 * its choice, up to 100 KiB a handshake, new each time, and as long as it is remembered all of it is held.
 */
const LONGEST = 12 * 1024;

/**
 * Reads clients' certificates under one set of authorities. OpenSSL writes each of a certificate's names, numbers and
 * times as text for us, which costs a tenth of a connection: most clients come again with the same certificate.
 */
export class CertificateReadings {
  readonly #chains: ChainFinder;
  readonly #identify: Identify;
  readonly #generation: number;
  /** By what was shown: a client's own certificate and those that it sent with it, for its chain may lead through them. */
  #young = new Map<string, CertificateReading>();
  #old: ReadonlyMap<string, CertificateReading> = new Map();

  constructor({ authorities, identify, generation = GENERATION }: CertificateReadingsOptions) {
    this.#chains = new ChainFinder(authorities);
    this.#identify = identify;
    this.#generation = generation;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  read(leaf: X509Certificate): CertificateReading {
    const shown = shownWith(leaf);
    if (shown === undefined) return this.#readAnew(leaf);
    const known = this.#young.get(shown);
    if (known) return known;
    const reading = this.#old.get(shown) ?? this.#readAnew(leaf);
    if (lengthWith(leaf) <= LONGEST) this.#remember(shown, reading);
    return reading;
  }

  #remember(shown: string, reading: CertificateReading): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(shown, reading);
  }

  #readAnew(leaf: X509Certificate): CertificateReading {
    const chain = this.#chains.find(leaf);
    return {
      fingerprint: leaf.fingerprint256,
      validFrom: leaf.validFromDate.getTime() / 1000,
      validUntil: leaf.validToDate.getTime() / 1000,
      chain,
      keys: chain.ok ? certificateKeys(chain.value) : [],
      principal: this.#identify({ leaf }),
    };
  }
}

/** The fingerprints of a certificate and of all that was sent with it; undefined where that is too much. */
function shownWith(leaf: X509Certificate): string | undefined {
  let shown = leaf.fingerprint256;
  let sent = 0;
  for (let next = leaf.issuerCertificate; next; next = next.issuerCertificate) {
    if (++sent > MOST_SENT) return undefined;
    shown += ` ${next.fingerprint256}`;
  }
  return shown;
}

/** The bytes of a certificate and of all that was sent with it. */
function lengthWith(leaf: X509Certificate): number {
  let length = 0;
  for (let one: X509Certificate | undefined = leaf; one; one = one.issuerCertificate) length += one.raw.length;
  return length;
}
