import { compactVerify, errors } from "jose";
import { sha256 } from "../bytes.ts";
import { allow, type Denied, deny, type Result } from "../result.ts";
import { type Claims, checkAudience, checkTime, readClaims } from "./claims.ts";
import { type Algorithm, isAlgorithm, type KeyHint, type KeySet } from "./keys.ts";

/** Longest token that is looked at: a cookie holds no more than 4,096 bytes, its name and attributes included. */
export const MAX_TOKEN_LENGTH = 4096;

/** A verified token is remembered in two generations of this many, so that none is ever searched for the oldest. */
const GENERATION = 4096;

export interface VerifiedToken {
  readonly claims: Claims;
  /** SHA-256 of the token, base64url: names a token in logs and registries without being one. */
  readonly hash: string;
}

export interface VerifierOptions {
  readonly keys: KeySet;
  /** Fixed by configuration, never by the token (RFC 8725, 3.1). */
  readonly algorithms: readonly Algorithm[];
  /** Our name, for tokens with an `aud`. */
  readonly audience?: string | undefined;
}

export interface TokenVerifier {
  /** Signature, claims, time and audience. `now` in seconds since the epoch. Never throws for a bad token. */
  verify(token: string, now: number): Promise<Result<VerifiedToken>>;
}

/**
 * A verifier of session tokens (JWS compact, RFC 7515). Signatures of tokens seen before are not computed again
 * until the keys change; everything that depends on time is checked every time.
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const cache = new VerifiedCache();
  return {
    async verify(token, now) {
      const known = cache.get(token, options.keys.version);
      const verified = known ? allow(known) : await verifySignature(token, options);
      if (!verified.ok) return verified;
      if (!known) cache.set(token, verified.value, options.keys.version);
      return checkClaims(verified.value, now, options.audience);
    },
  };
}

function checkClaims(verified: VerifiedToken, now: number, audience: string | undefined): Result<VerifiedToken> {
  const time = checkTime(verified.claims, now);
  if (!time.ok) return time;
  const addressed = checkAudience(verified.claims, audience);
  return addressed.ok ? allow(verified) : addressed;
}

async function verifySignature(token: string, options: VerifierOptions): Promise<Result<VerifiedToken>> {
  const hint = readHeader(token, options.algorithms);
  if (!hint.ok) return hint;
  const keys = await options.keys.keysFor(hint.value);
  if (keys.length === 0) return deny("token-key-unknown");
  let refusal: Denied = deny("token-signature");
  for (const key of keys) {
    const payload = await verifyWith(key, token, hint.value.alg);
    if (payload.ok) return readPayload(payload.value, token);
    refusal = payload;
  }
  return refusal;
}

/**
 * The protected header before any signature is computed. Refuses what we never mint: a payload that is not encoded
 * (RFC 7797), critical extensions, and algorithms outside the list (`none` among them).
 */
function readHeader(token: string, algorithms: readonly Algorithm[]): Result<KeyHint> {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) return deny("token-malformed");
  const header = parseObject(decodeBase64Url(token.slice(0, token.indexOf("."))));
  if (!header || header.crit !== undefined || header.b64 !== undefined) return deny("token-malformed");
  const { alg, kid } = header;
  if (typeof alg !== "string" || !isAlgorithm(alg) || !algorithms.includes(alg)) return deny("token-algorithm");
  if (kid === undefined) return allow({ alg });
  return typeof kid === "string" ? allow({ alg, kid }) : deny("token-malformed");
}

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

async function verifyWith(key: CryptoKey, token: string, alg: Algorithm): Promise<Result<Uint8Array>> {
  try {
    return allow((await compactVerify(token, key, { algorithms: [alg] })).payload);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return deny("token-signature");
    if (error instanceof errors.JOSEError) return deny("token-malformed", error.code);
    throw error;
  }
}

async function readPayload(payload: Uint8Array, token: string): Promise<Result<VerifiedToken>> {
  const claims = readClaims(parseObject(payload));
  if (!claims.ok) return claims;
  return allow({ claims: claims.value, hash: await sha256(token) });
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseObject(bytes: Uint8Array | undefined): Record<string, unknown> | undefined {
  if (!bytes) return undefined;
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function decodeBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

class VerifiedCache {
  #young = new Map<string, VerifiedToken>();
  #old = new Map<string, VerifiedToken>();
  #version = 0;

  get(token: string, version: number): VerifiedToken | undefined {
    if (version !== this.#version) this.#clear(version);
    return this.#young.get(token) ?? this.#old.get(token);
  }

  set(token: string, verified: VerifiedToken, version: number): void {
    if (version !== this.#version) return;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, verified);
  }

  #clear(version: number): void {
    this.#version = version;
    this.#young = new Map();
    this.#old = new Map();
  }
}
