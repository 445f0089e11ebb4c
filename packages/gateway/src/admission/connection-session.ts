import { Session, type SessionStart } from "./session.ts";

export interface ConnectionSessionOptions extends SessionStart {
  readonly expiresAt: number;
  readonly destination: string;
  readonly chain: readonly string[];
}

/** A session that is one connection, opened by a client certificate. */
export class ConnectionSession extends Session {
  readonly entrypoint = "tcp";
  readonly expiresAt: number;
  readonly destination: string;
  /** Revocation keys of the certificate and of those above it. */
  readonly chain: readonly string[];

  constructor(options: ConnectionSessionOptions) {
    super(options);
    this.expiresAt = options.expiresAt;
    this.destination = options.destination;
    this.chain = options.chain;
  }
}
