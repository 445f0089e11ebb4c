import type { X509Certificate } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";
import type { OcspConfiguration } from "../../config/configuration.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { type Answer, type CertificateStatus, readAnswer } from "./answer.ts";
import { OcspFault } from "./fault.ts";
import type { Question } from "./question.ts";
import { type Asked, questionsFor, type Signed } from "./questions.ts";
import { askResponder } from "./responder.ts";

export interface StandingsOptions extends OcspConfiguration {
  /** What clients' certificates may be issued by, as it stands now. */
  readonly authorities: () => readonly X509Certificate[];
  /** What a certificate is called in `inUse` and `onRevoked`. */
  readonly keyOf: (certificate: X509Certificate) => string;
  /** Certificates behind connections that are open: they are asked about again and again. */
  readonly inUse: () => ReadonlySet<string>;
  /** A certificate that was in use is revoked now. */
  readonly onRevoked: (key: string) => void;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** How often it is looked whether something is due, in milliseconds. */
  readonly pollMs: number;
}

interface Entry {
  readonly key: string;
  readonly question: Question;
  /** The last answer that could be believed. */
  status: CertificateStatus | undefined;
  /** Until when it holds; milliseconds since the epoch. */
  holdsUntil: number;
  /** When to ask again; milliseconds since the epoch. */
  due: number;
  problem: string;
  asking: Promise<void> | undefined;
}

/** A question that found no answer is not asked again for so long, in milliseconds. */
const AFTER_FAULT = 10_000;
/** No answer is asked for again sooner, in milliseconds. */
const SHORTEST = 1_000;
/** Certificates that are remembered; the oldest that nobody uses is forgotten first. */
const MAX_ENTRIES = 10_000;

/** What responders say of the certificates of one listener. Holds a timer until `close`. */
export class OcspStandings {
  readonly #options: StandingsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: StandingsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#recheck(), options.pollMs).unref();
  }

  /** Whether a client may come in with these certificates. Never rejects: no answer is decided by `onFailure`. */
  async stand(chain: readonly Signed[]): Promise<Result<true>> {
    const { authorities, url } = this.#options;
    const standings = await Promise.all(questionsFor(chain, authorities(), url).map((asked) => this.#standing(asked)));
    return standings.find(({ ok }) => !ok) ?? allow(true);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #standing({ certificate, question, problem }: Asked): Promise<Result<true>> {
    const key = this.#options.keyOf(certificate);
    if (!question) return this.#withoutAnswer(key, problem);
    const entry = this.#entries.get(key) ?? this.#remember(key, question);
    if (this.#isDue(entry)) await this.#ask(entry);
    const status = this.#statusOf(entry);
    if (status === "good") return allow(true);
    if (status === "revoked") return deny("certificate-revoked", `${question.url} says so`);
    if (status === "unknown") return deny("certificate-unchecked", `${question.url} does not know the certificate`);
    return this.#withoutAnswer(key, entry.problem);
  }

  #withoutAnswer(certificate: string, problem: string): Result<true> {
    if (this.#options.onFailure === "deny") return deny("certificate-unchecked", problem);
    this.#options.log.warn({ certificate, problem }, "a certificate was let in that could not be checked");
    return allow(true);
  }

  /** The last answer holds until its next update, also while no new one can be had. */
  #statusOf({ status, holdsUntil }: Entry): CertificateStatus | undefined {
    return status === "revoked" || holdsUntil > this.#options.clock() ? status : undefined;
  }

  #isDue({ due }: Entry): boolean {
    return due <= this.#options.clock();
  }

  #remember(key: string, question: Question): Entry {
    if (this.#entries.size >= MAX_ENTRIES) this.#forgetOne();
    const entry: Entry = { key, question, status: undefined, holdsUntil: 0, due: 0, problem: "", asking: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  #forgetOne(): void {
    const used = this.#options.inUse();
    const oldest = [...this.#entries.keys()].find((key) => !used.has(key));
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  /** Whoever asks meanwhile waits for the same answer. */
  #ask(entry: Entry): Promise<void> {
    entry.asking ??= this.#fetch(entry).finally(() => {
      entry.asking = undefined;
    });
    return entry.asking;
  }

  async #fetch(entry: Entry): Promise<void> {
    const { timeoutMs, clock, metrics } = this.#options;
    try {
      const answer = readAnswer(await askResponder(entry.question, timeoutMs), entry.question, clock());
      this.#keep(entry, answer);
      metrics.ocsp(answer.status);
    } catch (error) {
      if (!(error instanceof OcspFault)) throw error;
      this.#failed(entry, error);
    }
  }

  /** An answer that is over already, by our clock, holds for a moment: else each connection would ask anew. */
  #keep(entry: Entry, { status, nextUpdate }: Answer): void {
    const now = this.#options.clock();
    const refreshAt = now + this.#options.refreshMs;
    entry.status = status;
    entry.holdsUntil = Math.max(nextUpdate ?? refreshAt, now + SHORTEST);
    entry.due = Math.min(refreshAt, entry.holdsUntil);
  }

  #failed(entry: Entry, { message }: OcspFault): void {
    const { log, metrics, clock } = this.#options;
    const { url } = entry.question;
    entry.problem = `${url}: ${message}`;
    entry.due = clock() + AFTER_FAULT;
    metrics.ocsp("failed");
    log.warn(
      { certificate: entry.key, responder: url, problem: message },
      "an OCSP responder gave no answer to rely on",
    );
  }

  #recheck(): void {
    const used = this.#options.inUse();
    for (const entry of this.#entries.values()) {
      if (!this.#isDue(entry) || entry.asking !== undefined) continue;
      if (used.has(entry.key)) void this.#askAgain(entry);
      else this.#entries.delete(entry.key);
    }
  }

  /** Who is connected is ended by one word only, that the certificate is revoked: never by a responder's silence. */
  async #askAgain(entry: Entry): Promise<void> {
    try {
      await this.#ask(entry);
      if (entry.status === "revoked") this.#options.onRevoked(entry.key);
    } catch (error) {
      this.#options.log.error({ error, certificate: entry.key }, "a certificate could not be asked about again");
    }
  }
}
