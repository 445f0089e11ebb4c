import type { Marks } from "./revocations.ts";
import { Session, type SessionStart } from "./session.ts";

export interface ConnectionSessionOptions extends SessionStart {
  readonly expiresAt: number;
  readonly destination: string;
  readonly chain: readonly string[];
  /** When the certificate began to be valid; seconds since the epoch. */
  readonly issuedAt: number;
}

/** A session that is one connection, opened by a client certificate. */
export class ConnectionSession extends Session {
  readonly entrypoint = "tcp";
  readonly name: string;
  readonly expiresAt: number;
  readonly destination: string;
  /** Revocation keys of the certificate and of those above it. */
  readonly chain: readonly string[];

  readonly #issuedAt: number;

  constructor(options: ConnectionSessionOptions) {
    super(options);
    this.name = options.id;
    this.expiresAt = options.expiresAt;
    this.destination = options.destination;
    this.chain = options.chain;
    this.#issuedAt = options.issuedAt;
  }

  /** A revocation up to an instant is about what was issued before it: else its holder came back a moment later. */
  protected override makeMarks(): Marks {
    return { ...super.makeMarks(), issuedAt: this.#issuedAt };
  }
}
