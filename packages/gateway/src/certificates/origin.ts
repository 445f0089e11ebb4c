import type { CertificateFiles } from "../config/configuration.ts";
import type { Log, LogFields } from "../telemetry/log.ts";
import { fingerprint, readPair } from "./files.ts";
import { CertificateError, type CertificatePair, type CheckedPair, pairWarnings } from "./pair.ts";
import { needsRenewal, selfSignedPair } from "./self-signed.ts";

const POLL_MS = 2_000;
/** How often what is doubtful is said again, in milliseconds. */
const REMIND_EVERY = 86_400_000;

export interface OriginCertificateOptions {
  readonly files: CertificateFiles;
  /** Where a self-signed certificate is kept. */
  readonly dataDir: string;
  readonly log: Log;
  /** Wall clock, milliseconds; another one only in tests. */
  readonly now?: () => number;
  /** How often the files are looked at. */
  readonly pollMs?: number;
}

export interface OriginCertificate {
  readonly current: CertificatePair;
  readonly selfSigned: boolean;
  /** When `current` expires, milliseconds since the epoch. */
  readonly expires: number;
  /** Looks at the files at once, as on SIGHUP. Never rejects: a broken pair is logged and the old one stays. */
  reload(): Promise<void>;
  /** Calls `onChange` with each new pair until stopped. */
  watch(onChange: (pair: CertificatePair) => void): { stop(): void };
}

/**
 * The pair that the origin shows: from its files, or made here where there are none.
 * @throws CertificateError where files are there but unusable, or missing though named by the operator
 */
export async function originCertificate(options: OriginCertificateOptions): Promise<OriginCertificate> {
  const certificate = new KeptCertificate(options);
  await certificate.load();
  return certificate;
}

class KeptCertificate implements OriginCertificate {
  readonly #options: Required<OriginCertificateOptions>;
  readonly #listeners = new Set<(pair: CertificatePair) => void>();
  #pair: CheckedPair | undefined;
  #selfSigned = false;
  /** The state of the files that `#pair` came from, or that was found broken. */
  #settled = "";
  /** The state at the last look: a change counts once it has stood still, so that both files are written. */
  #seen = "";
  #looking: Promise<void> | undefined;
  /** When it was last said what is doubtful about the pair. */
  #reminded = 0;

  constructor(options: OriginCertificateOptions) {
    this.#options = { now: Date.now, pollMs: POLL_MS, ...options };
  }

  get current(): CertificatePair {
    if (!this.#pair) throw new TypeError("the certificate is not loaded yet");
    return { cert: this.#pair.cert, key: this.#pair.key };
  }

  get expires(): number {
    return this.#pair?.leaf.validToDate.getTime() ?? 0;
  }

  get selfSigned(): boolean {
    return this.#selfSigned;
  }

  async load(): Promise<void> {
    const { files, log, dataDir, now } = this.#options;
    this.#settled = await fingerprint(files);
    this.#seen = this.#settled;
    const fromFiles = await readPair(files);
    if (!fromFiles && this.#pair && !this.#selfSigned) throw new CertificateError(["both files are gone"]);
    this.#selfSigned = fromFiles === undefined;
    const pair = fromFiles ?? (await selfSignedPair({ dataDir, log, now }));
    const changed = pair.cert !== this.#pair?.cert || pair.key !== this.#pair.key;
    this.#pair = pair;
    if (changed) this.#tell(pair);
  }

  #tell(pair: CheckedPair): void {
    const { log } = this.#options;
    if (this.#selfSigned) {
      log.warn(
        this.#fieldsOf(pair),
        "no certificate found, a self-signed one is shown: Cloudflare's encryption mode must be Full, Full (strict) would refuse it",
      );
    } else {
      log.info(this.#fieldsOf(pair), "certificate loaded");
    }
    this.#remind(pair);
    for (const listener of this.#listeners) listener(this.current);
  }

  #remind(pair: CheckedPair): void {
    const { log, now } = this.#options;
    this.#reminded = now();
    for (const warning of pairWarnings(pair, now())) log.warn(this.#fieldsOf(pair), warning);
  }

  #fieldsOf({ leaf }: CheckedPair): LogFields {
    const { certPath } = this.#options.files;
    const { subject, validToDate, fingerprint256: fingerprint } = leaf;
    return { subject, expires: validToDate.toISOString(), fingerprint, certPath };
  }

  async reload(): Promise<void> {
    const { files, log } = this.#options;
    try {
      await this.load();
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      log.error(
        { faults: error.faults, certPath: files.certPath },
        "the new certificate is unusable, the old one stays",
      );
    }
  }

  /** Polled, not watched: a poll sees renewed links, swapped mounts and network file systems all alike. */
  watch(onChange: (pair: CertificatePair) => void): { stop(): void } {
    this.#listeners.add(onChange);
    const timer = setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, this.#options.pollMs);
    timer.unref();
    return {
      stop: () => {
        clearInterval(timer);
        this.#listeners.delete(onChange);
      },
    };
  }

  async #look(): Promise<void> {
    const { files, now, log } = this.#options;
    const before = this.#seen;
    this.#seen = await fingerprint(files);
    const changed = this.#seen !== this.#settled && this.#seen === before;
    const ending = this.#selfSigned && this.#pair !== undefined && needsRenewal(this.#pair, now());
    if (!changed && !ending) {
      if (this.#pair && now() - this.#reminded >= REMIND_EVERY) this.#remind(this.#pair);
      return;
    }
    await this.reload().catch((error: unknown) => {
      log.error({ error }, "the certificate could not be looked at");
    });
  }
}
