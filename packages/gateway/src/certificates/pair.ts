// The origin's certificate: read from files or made here, checked, kept current while the gateway runs.
// Nothing here listens; whoever does is told of each new pair.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";

/** A certificate with its chain, and its private key, both PEM text. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** A pair in which key and certificate belong together. */
export interface CheckedPair extends CertificatePair {
  readonly leaf: X509Certificate;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Certificate or key cannot be used; each message says what to do and never holds key material. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[], options?: ErrorOptions) {
    super(faults.join("; "), options);
    this.faults = faults;
  }
}

/**
 * Checks that the chain parses, that the key does, and that the first certificate is the key's.
 * @throws CertificateError
 */
export function checkPair({ cert, key }: CertificatePair): CheckedPair {
  const chain = parseChain(cert);
  const privateKey = parseKey(key);
  const [leaf] = chain;
  if (!leaf) throw new CertificateError(["the certificate file holds no PEM certificate"]);
  if (leaf.checkPrivateKey(privateKey)) {
    checkStrength({ cert, key });
    return { cert, key, leaf };
  }
  const misplaced = chain.some((certificate) => certificate.checkPrivateKey(privateKey));
  throw new CertificateError([
    misplaced
      ? "the key belongs to a later certificate of the chain: the origin's own must come first"
      : "the key does not belong to the certificate",
  ]);
}

/** OpenSSL has limits of its own, such as for the size of RSA keys, and says so where a listener begins to use a pair. */
function checkStrength({ cert, key }: CertificatePair): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = /[^:]+$/.exec((error as Error).message)?.[0];
    throw new CertificateError(
      [`TLS takes no such certificate (${reason}): make one with ECDSA P-256, or with RSA of 2048 bits, and SHA-256`],
      { cause: error },
    );
  }
}

/** A renewal is late (ms) where less is left; of a certificate that was made for a few days, where less than a quarter is. */
const LATE = 14 * 86_400_000;

/** What is doubtful about a pair that works, at `now` (ms): such as that it has expired. */
export function pairWarnings({ leaf }: CheckedPair, now: number): string[] {
  const [from, to] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  if (to <= now) return [`the certificate expired on ${leaf.validToDate.toISOString()}`];
  if (from > now) return [`the certificate is not valid before ${leaf.validFromDate.toISOString()}`];
  if (to - now >= Math.min(LATE, (to - from) / 4)) return [];
  return [`the certificate expires on ${leaf.validToDate.toISOString()} and was not renewed yet`];
}

function parseChain(cert: string): X509Certificate[] {
  return (cert.match(PEM_CERTIFICATE) ?? []).map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch (error) {
      throw new CertificateError([`certificate ${index + 1} of the chain cannot be read`], { cause: error });
    }
  });
}

function parseKey(key: string) {
  if (key.includes("ENCRYPTED")) {
    throw new CertificateError(["the key is encrypted: store it without a passphrase, readable by the gateway only"]);
  }
  try {
    return createPrivateKey(key);
  } catch (error) {
    throw new CertificateError(["the key file holds no PEM private key"], { cause: error });
  }
}
