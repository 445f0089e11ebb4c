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

/**
 * The same in all processes, and after each renewal. The id is the browser's word: sessions of others, or towards other
 * controllers, that are given the same one have names of their own all the same, and are counted each.
 */
function nameOf({ id, token: { claims } }: SessionOptions): string {
  const whose = JSON.stringify([id, claims.tenant ?? null, claims.sub ?? null, claims.ip]);
  return hash("sha256", whose, "base64url").slice(0, NAME_LENGTH);
}

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
    this.name = nameOf(options);
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

  /** By what a token that is about to be joined can have been revoked. */
  marksOf({ hash, claims }: SessionToken): Marks {
    return this.#marksOf([{ hash, jti: claims.jti }], claims.iat);
  }

  /** By what one of its tokens can have been revoked, and nothing else of it. */
  get tokenMarks(): Marks {
    return { revoked: this.#tokens.flatMap(keysOf), ended: [], issuedAt: undefined };
  }

  protected override makeMarks(): Marks {
    return this.#marksOf(this.#tokens, this.claims.iat);
  }

  #marksOf(tokens: readonly JoinedToken[], issuedAt: number | undefined): Marks {
    return {
      revoked: [...super.makeMarks().revoked, ...tokens.flatMap(keysOf)],
      ended: tokens.map(({ hash }) => revocationKey("ended", endedValue(this.name, hash))),
      issuedAt,
    };
  }

  get expiresAt(): number {
    return this.claims.exp;
  }

  get destination(): string {
    return this.claims.ip;
  }
}

function keysOf({ hash, jti }: JoinedToken): readonly string[] {
  return [revocationKey("token", hash), ...(jti === undefined ? [] : [revocationKey("jti", jti)])];
}
