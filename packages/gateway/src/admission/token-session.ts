import { hash } from "node:crypto";
import type { Claims, VerifiedToken } from "@sallyport/shared";
import { revocationKey } from "../store/revocations.ts";
import { endedValue, type Marks } from "./revocations.ts";
import { Session, type SessionStart } from "./session.ts";

export interface SessionOptions extends SessionStart {
  /** The edge's session id, or the token's hash where the edge knows no ids. */
  readonly id: string;
  readonly token: SessionToken;
}

/** A verified token as a session holds it. */
export interface SessionToken extends Pick<VerifiedToken, "claims" | "hash"> {
  /** The name of the key that verified it; not known of tokens that older gateways told of. */
  readonly keyId?: string | undefined;
}

interface JoinedToken {
  readonly hash: string;
  readonly jti: string | undefined;
}

const NAME_LENGTH = 16;

/** A session that signed tokens open. */
export class TokenSession extends Session {
  readonly entrypoint = "web";
  readonly name: string;
  /** Of the newest token that was joined to it. */
  claims: Claims;
  /** The name of the key that verified that token. */
  keyId: string | undefined;
  readonly #tokens: JoinedToken[];

  constructor(options: SessionOptions) {
    super(options);
    const { claims, hash: tokenHash, keyId } = options.token;
    this.name = hash("sha256", options.id, "base64url").slice(0, NAME_LENGTH);
    this.claims = claims;
    this.keyId = keyId;
    this.#tokens = [{ hash: tokenHash, jti: claims.jti }];
  }

  /** Of every token that was joined to it, the newest last. */
  get tokenHashes(): readonly string[] {
    return this.#tokens.map(({ hash }) => hash);
  }

  join({ claims, hash, keyId }: SessionToken): void {
    this.claims = claims;
    this.keyId = keyId;
    this.#tokens.push({ hash, jti: claims.jti });
    this.forgetMarks();
  }

  protected override makeMarks(): Marks {
    const own = this.#tokens.flatMap(({ hash, jti }) => [
      revocationKey("token", hash),
      ...(jti === undefined ? [] : [revocationKey("jti", jti)]),
    ]);
    return {
      revoked: [...super.makeMarks().revoked, ...own],
      ended: this.#tokens.map(({ hash }) => revocationKey("ended", endedValue(this.name, hash))),
      issuedAt: this.claims.iat,
    };
  }

  get expiresAt(): number {
    return this.claims.exp;
  }

  get destination(): string {
    return this.claims.ip;
  }
}
