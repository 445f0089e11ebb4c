import { toBase64Url, utf8 } from "@sallyport/shared";

/** Signs tokens of any shape, the impossible ones included: no library would mint those. */
export interface Signer {
  readonly alg: string;
  sign(input: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>;
}

type NamedJwk = JsonWebKey & { readonly kid?: string };

/** A key pair, both halves as JWKs. */
export interface Pair extends Signer {
  readonly jwk: NamedJwk;
  readonly privateJwk: NamedJwk;
}

/** 2027-01-15T08:00:00Z, in seconds: when the cases take place. */
export const NOW = 1_800_000_000;
export const SECRET = "a secret of at least thirty-two bytes, for tests";
export const OTHER_SECRET = "another secret of at least thirty-two bytes!";

/** The least that a token must say; valid for an hour from `NOW`. */
export const CLAIMS = { ip: "10.0.0.1", exp: NOW + 3600 } as const;

export function hmac(secret: string | Uint8Array<ArrayBuffer> = SECRET, alg = "HS256"): Signer {
  const hash = `SHA-${alg.slice(2)}`;
  const bytes = typeof secret === "string" ? utf8(secret) : secret;
  return {
    alg,
    async sign(input) {
      const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
      return crypto.subtle.sign("HMAC", key, input);
    },
  };
}

const PAIRS = {
  EdDSA: { generate: { name: "Ed25519" }, sign: { name: "Ed25519" } },
  ES256: { generate: { name: "ECDSA", namedCurve: "P-256" }, sign: { name: "ECDSA", hash: "SHA-256" } },
  RS256: {
    generate: {
      name: "RSASSA-PKCS1-v1_5",
      hash: "SHA-256",
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    sign: { name: "RSASSA-PKCS1-v1_5" },
  },
} as const;

/** A new key pair under a key id. */
export async function makePair(alg: keyof typeof PAIRS, kid?: string): Promise<Pair> {
  const { generate, sign } = PAIRS[alg];
  const { publicKey, privateKey } = (await crypto.subtle.generateKey(generate, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const named = kid === undefined ? {} : { kid };
  return {
    alg,
    sign: (input) => crypto.subtle.sign(sign, privateKey, input),
    jwk: { ...publicMembers(await crypto.subtle.exportKey("jwk", publicKey)), ...named },
    privateJwk: { ...publicMembers(await crypto.subtle.exportKey("jwk", privateKey)), ...named },
  };
}

function publicMembers({ key_ops, ext, alg, ...members }: JsonWebKey): JsonWebKey {
  return members;
}

/** A part of a token: JSON of a value, or the very bytes or text given. */
export type Part = Uint8Array | string | Readonly<Record<string, unknown>> | readonly unknown[] | null;

export interface MintOptions {
  readonly signer?: Signer;
  /** Added to `{"alg": …}`, or the whole header where it is text, bytes or no object. */
  readonly header?: Part;
}

/** A compact token (RFC 7515, 7.1) over any payload. */
export async function mint(
  payload: Part = CLAIMS,
  { signer = hmac(), header = {} }: MintOptions = {},
): Promise<string> {
  const head = isMembers(header) ? { alg: signer.alg, ...header } : header;
  const input = `${toBase64Url(bytesOf(head))}.${toBase64Url(bytesOf(payload))}`;
  return `${input}.${toBase64Url(new Uint8Array(await signer.sign(utf8(input))))}`;
}

function isMembers(part: Part): part is Readonly<Record<string, unknown>> {
  return typeof part === "object" && part !== null && !Array.isArray(part) && !(part instanceof Uint8Array);
}

function bytesOf(part: Part): Uint8Array {
  if (part instanceof Uint8Array) return part;
  return utf8(typeof part === "string" ? part : JSON.stringify(part));
}

/** A token with one of its three parts changed by `change`. */
export function withPart(token: string, index: 0 | 1 | 2, change: (part: string) => string): string {
  return token
    .split(".")
    .map((part, at) => (at === index ? change(part) : part))
    .join(".");
}
