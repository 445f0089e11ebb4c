import { calculateJwkThumbprint, importJWK, type JWK } from "jose";
import { toBase64Url, utf8 } from "../bytes.ts";

/** Signature algorithms that configuration may list. */
export const SYMMETRIC_ALGORITHMS = ["HS256", "HS384", "HS512"] as const;
export const ASYMMETRIC_ALGORITHMS = ["EdDSA", "ES256", "RS256"] as const;
export type Algorithm = (typeof SYMMETRIC_ALGORITHMS)[number] | (typeof ASYMMETRIC_ALGORITHMS)[number];

export function isAlgorithm(name: string): name is Algorithm {
  return [...SYMMETRIC_ALGORITHMS, ...ASYMMETRIC_ALGORITHMS].includes(name as Algorithm);
}

function isAsymmetric(algorithm: Algorithm): boolean {
  return (ASYMMETRIC_ALGORITHMS as readonly string[]).includes(algorithm);
}

/** What a token's protected header says about its key. */
export interface KeyHint {
  readonly alg: Algorithm;
  readonly kid?: string;
}

/** A key with a name that is the same wherever and whenever the key is read, and tells nothing of a secret. */
export interface VerifyingKey {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The keys that may have signed a token. `version` changes when keys that verified before may no longer do so. */
export interface KeySet {
  readonly version: number;
  keysFor(hint: KeyHint): Promise<readonly VerifyingKey[]>;
  /** The names of all keys in force, as far as they have been read. */
  ids(): Promise<ReadonlySet<string>>;
}

/** A JWK set that cannot be used: the message says which key and why, never its value. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

const HASHES: Readonly<Record<string, string>> = { HS256: "SHA-256", HS384: "SHA-384", HS512: "SHA-512" };

/**
 * Shared secrets, the newest first; more than one while a secret is being replaced.
 * @throws TypeError where one is empty: anybody could sign with it.
 */
export function secretKeySet(secrets: readonly string[]): KeySet {
  if (secrets.includes("")) throw new TypeError("a shared secret is empty");
  const imported = new Map<string, Promise<readonly VerifyingKey[]>>();
  return {
    version: 0,
    ids: async () => new Set(await Promise.all(secrets.map(secretId))),
    keysFor({ alg }) {
      const hash = HASHES[alg];
      if (hash === undefined) return Promise.resolve([]);
      let keys = imported.get(alg);
      if (!keys) {
        keys = Promise.all(secrets.map((secret) => importSecret(secret, hash)));
        imported.set(alg, keys);
      }
      return keys;
    },
  };
}

async function importSecret(secret: string, hash: string): Promise<VerifyingKey> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash }, false, ["verify"]);
  return { id: await secretId(secret), key };
}

/** What names a secret: no token can be signed so, and it tells no more of the secret than any token does. */
const NAMING = utf8("sallyport: the name of this key");

/** The name of a shared secret. */
export async function secretId(secret: string): Promise<string> {
  const key = await crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return toBase64Url(new Uint8Array(await crypto.subtle.sign("HMAC", key, NAMING)));
}

interface NamedKey extends VerifyingKey {
  readonly kid: string | undefined;
  readonly alg: Algorithm;
}

/**
 * Reads a JWK set (RFC 7517, 5) of public EdDSA, ES256 and RS256 keys. Keys of other kinds and for other uses are left
 * out, as the RFC asks: issuers publish them in the same set.
 * @throws KeyError where a key is private, symmetric, too short or broken, two share a `kid`, or none is left.
 */
export async function readJwkSet(value: unknown): Promise<readonly NamedKey[]> {
  const list = (value as { keys?: unknown } | null | undefined)?.keys;
  if (!Array.isArray(list) || list.length === 0) throw new KeyError("not a JWK set: it needs a non-empty list `keys`");
  const named = (await Promise.all(list.map(readJwk))).filter((key) => key !== undefined);
  if (named.length === 0) throw new KeyError("no key of the JWK set is for signatures and Ed25519, P-256 or RSA");
  const kids = named.map((key) => key.kid);
  if (new Set(kids).size !== kids.length) throw new KeyError("two keys of the JWK set share a `kid`, or have none");
  return named;
}

async function readJwk(value: unknown, index: number): Promise<NamedKey | undefined> {
  if (typeof value !== "object" || value === null) throw new KeyError(`key ${index} of the JWK set is no object`);
  const jwk = value as JWK;
  const name = `key ${jwk.kid === undefined ? index : JSON.stringify(jwk.kid)} of the JWK set`;
  if (jwk.kty === "oct") throw new KeyError(`${name} is a shared secret: set it as JWT_KEY instead`);
  if (jwk.d !== undefined) throw new KeyError(`${name} is private: only public keys belong here`);
  const alg = jwk.use === undefined || jwk.use === "sig" ? algorithmOf(jwk) : undefined;
  if (!alg) return undefined;
  const key = await importJWK({ ...jwk, alg }, alg).catch(() => {
    throw new KeyError(`${name} cannot be read`);
  });
  if (key instanceof Uint8Array) throw new KeyError(`${name} is a shared secret`);
  const bits = (key.algorithm as { modulusLength?: number }).modulusLength;
  if (bits !== undefined && bits < 2048) throw new KeyError(`${name} has ${bits} bits: RSA needs 2048 or more`);
  return { kid: jwk.kid, alg, key, id: await calculateJwkThumbprint(jwk) };
}

function algorithmOf(jwk: JWK): Algorithm | undefined {
  const alg: Algorithm | undefined =
    jwk.kty === "OKP" && jwk.crv === "Ed25519"
      ? "EdDSA"
      : jwk.kty === "EC" && jwk.crv === "P-256"
        ? "ES256"
        : jwk.kty === "RSA"
          ? "RS256"
          : undefined;
  const named = jwk.alg === "Ed25519" ? "EdDSA" : jwk.alg;
  return named === undefined || named === alg ? alg : undefined;
}

export interface JwkSetOptions {
  /** Reads the JWK set anew, from a file or a URL, within a time of its own. */
  readonly load: () => Promise<unknown>;
  /** Milliseconds, monotonic. */
  readonly clock: () => number;
  /** Told of a set that could not be loaded; the last good one stays in force. */
  readonly onError?: (error: unknown) => void;
  /** Told of each set that was loaded, when it is in force. */
  readonly onLoaded?: () => void;
  /** A set older than this is loaded anew. Milliseconds. */
  readonly maxAge?: number;
  /** An unknown `kid` makes a set older than this be loaded anew. Milliseconds. */
  readonly minAge?: number;
  /**
   * Whoever waits for a load waits for the same one. Default: true. False in workerd, where what one request began
   * never ends once that request is gone.
   */
  readonly joinLoads?: boolean;
}

/** A JWK set that is loaded at first use, when it is old, and (not too often) when a token names an unknown `kid`. */
export function jwkKeySet(options: JwkSetOptions): KeySet & { readonly reload: () => Promise<void> } {
  const { load, clock, maxAge = 600_000, minAge = 30_000, joinLoads = true } = options;
  let keys: readonly NamedKey[] = [];
  let version = 0;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<void> | undefined;

  async function loadOnce(): Promise<void> {
    loadedAt = clock();
    const next = await readJwkSet(await load());
    keys = next;
    version += 1;
    options.onLoaded?.();
  }

  function reload(): Promise<void> {
    if (loading && joinLoads) return loading;
    const own = loadOnce().finally(() => {
      if (loading === own) loading = undefined;
    });
    loading = own;
    return own;
  }

  async function refresh(): Promise<void> {
    try {
      await reload();
    } catch (error) {
      options.onError?.(error);
    }
  }

  const matching = ({ alg, kid }: KeyHint) =>
    keys.filter((key) => key.alg === alg && (kid === undefined || key.kid === kid));

  return {
    get version() {
      return version;
    },
    reload,
    ids: async () => new Set(keys.map(({ id }) => id)),
    async keysFor(hint) {
      if (!isAsymmetric(hint.alg)) return [];
      if (clock() - loadedAt > maxAge) await refresh();
      const found = matching(hint);
      // While a load is under way, the key may be in it: those who come meanwhile wait, the first ones after a start too.
      const settled = loading === undefined && clock() - loadedAt <= minAge;
      if (found.length > 0 || settled) return found;
      await refresh();
      return matching(hint);
    },
  };
}

/** Several key sets as one. */
export function joinKeySets(sets: readonly KeySet[]): KeySet {
  return {
    get version() {
      return sets.reduce((sum, set) => sum + set.version, 0);
    },
    async keysFor(hint) {
      return (await Promise.all(sets.map((set) => set.keysFor(hint)))).flat();
    },
    async ids() {
      return new Set((await Promise.all(sets.map((set) => set.ids()))).flatMap((ids) => [...ids]));
    },
  };
}
