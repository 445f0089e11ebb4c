import { compactVerify, errors } from "jose";
import { sha256 } from "../bytes.ts";
import { type Awaitable, allow, type Denied, deny, type Result } from "../result.ts";
import { type Claims, checkAudience, checkTime, readClaims } from "./claims.ts";
import { isCompactJws } from "./compact.ts";
import { type Algorithm, isAlgorithm, type KeyHint, type KeySet } from "./keys.ts";

/** A verified token is remembered in two generations of this many, so that none is ever searched for the oldest. */
const GENERATION = 4096;

/**
 * Seconds after which a remembered token is verified anew, so that keys are asked for, and a key set that has grown old
 * is read again, however few new tokens come.
 */
const REMEMBERED_SECONDS = 300;

export interface VerifiedToken {
  readonly claims: Claims;
  /** SHA-256 of the token, base64url: names a token in logs and registries without being one. */
  readonly hash: string;
  /** The name of the key that verified it (`KeySet.ids`). */
  readonly keyId: string;
}

export interface VerifierOptions {
  readonly keys: KeySet;
  /** Fixed by configuration, never by the token (RFC 8725, 3.1). */
  readonly algorithms: readonly Algorithm[];
  /** Our name, for tokens with an `aud`. */
  readonly audience?: string | undefined;
  /** `session`: only what a gateway made of a link that works once. Default `link`: anything else. */
  readonly kind?: "link" | "session";
}

/** The header `typ` of a session's own token (RFC 8725, 3.11): it is never taken for a link, nor a link for it. */
export const SESSION_TYPE = "pm-session+jwt";

export interface TokenVerifier {
  /**
   * Signature, claims, time and audience. `now` in seconds since the epoch. Never throws for a bad token. Known at once
   * of a token that was verified lately.
   */
  verify(token: string, now: number): Awaitable<Result<VerifiedToken>>;
}

/**
 * A verifier of session tokens (JWS compact, RFC 7515). Signatures of tokens seen before are not computed again
 * until the keys change; everything that depends on time is checked every time.
 */
export function createTokenVerifier(options: VerifierOptions): TokenVerifier {
  const cache = new VerifiedCache();
  return {
    verify(token, now) {
      const known = cache.get(token, { version: options.keys.version, now });
      return known ? checkClaims(known, now, options.audience) : verifyAnew(token, now, { options, cache });
    },
  };
}

interface VerifierState {
  readonly options: VerifierOptions;
  readonly cache: VerifiedCache;
}

async function verifyAnew(
  token: string,
  now: number,
  { options, cache }: VerifierState,
): Promise<Result<VerifiedToken>> {
  // The version before the keys are asked for: a key withdrawn meanwhile must not vouch for what is remembered.
  const { version } = options.keys;
  const verified = await verifySignature(token, options);
  if (!verified.ok) return verified;
  cache.set(token, verified.value, { version, now });
  return checkClaims(verified.value, now, options.audience);
}

function checkClaims(verified: VerifiedToken, now: number, audience: string | undefined): Result<VerifiedToken> {
  const time = checkTime(verified.claims, now);
  if (!time.ok) return time;
  const addressed = checkAudience(verified.claims, audience);
  return addressed.ok ? allow(verified) : addressed;
}

async function verifySignature(token: string, options: VerifierOptions): Promise<Result<VerifiedToken>> {
  const hint = readHeader(token, options);
  if (!hint.ok) return hint;
  const keys = await options.keys.keysFor(hint.value);
  if (keys.length === 0) return deny("token-key-unknown");
  let refusal: Denied = deny("token-signature");
  for (const { key, id } of keys) {
    const payload = await verifyWith(key, token, hint.value.alg);
    if (payload.ok) return readPayload(payload.value, token, id);
    refusal = payload;
  }
  return refusal;
}

/**
 * The protected header before any signature is computed. Refuses what we never mint: a payload that is not encoded
 * (RFC 7797), critical extensions, and algorithms outside the list (`none` among them).
 */
function readHeader(token: string, { algorithms, kind = "link" }: VerifierOptions): Result<KeyHint> {
  if (!isCompactJws(token)) return deny("token-malformed");
  const header = parseObject(decodeBase64Url(token.slice(0, token.indexOf("."))));
  if (!header || header.crit !== undefined || header.b64 !== undefined) return deny("token-malformed");
  const { alg, kid, typ } = header;
  if ((typ === SESSION_TYPE) !== (kind === "session")) return deny("token-type");
  if (typeof alg !== "string" || !isAlgorithm(alg) || !algorithms.includes(alg)) return deny("token-algorithm");
  if (kid === undefined) return allow({ alg });
  return typeof kid === "string" ? allow({ alg, kid }) : deny("token-malformed");
}

async function verifyWith(key: CryptoKey, token: string, alg: Algorithm): Promise<Result<Uint8Array>> {
  try {
    return allow((await compactVerify(token, key, { algorithms: [alg] })).payload);
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return deny("token-signature");
    if (error instanceof errors.JOSEError) return deny("token-malformed", error.code);
    throw error;
  }
}

async function readPayload(payload: Uint8Array, token: string, keyId: string): Promise<Result<VerifiedToken>> {
  const claims = readClaims(parseObject(payload));
  if (!claims.ok) return claims;
  return allow({ claims: claims.value, hash: await sha256(token), keyId });
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(strictUtf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function decodeBase64Url(text: string): Uint8Array {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** When a look-up is made: the version of the keys, and seconds since the epoch. */
interface CacheMoment {
  readonly version: number;
  readonly now: number;
}

interface CacheEntry {
  readonly verified: VerifiedToken;
  /** When the signature was verified, seconds since the epoch. */
  readonly at: number;
}

class VerifiedCache {
  #young = new Map<string, CacheEntry>();
  #old = new Map<string, CacheEntry>();
  #version = 0;

  get(token: string, { version, now }: CacheMoment): VerifiedToken | undefined {
    if (version !== this.#version) this.#clear(version);
    const entry = this.#young.get(token) ?? this.#old.get(token);
    // The clock may have been set back, too.
    return entry && Math.abs(now - entry.at) <= REMEMBERED_SECONDS ? entry.verified : undefined;
  }

  set(token: string, verified: VerifiedToken, { version, now }: CacheMoment): void {
    if (version !== this.#version) return;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, { verified, at: now });
  }

  #clear(version: number): void {
    this.#version = version;
    this.#young = new Map();
    this.#old = new Map();
  }
}
