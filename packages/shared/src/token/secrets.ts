import { utf8 } from "../bytes.ts";
import { type Algorithm, SYMMETRIC_ALGORITHMS } from "./keys.ts";

/** The lines of a secret's value, the newest first. A line is the secret as it stands: blanks and commas belong to it. */
export function splitSecrets(value: string): string[] {
  return value.split(/\r?\n/).filter((line) => line !== "");
}

/** RFC 7518, 3.2: a key has at least as many bytes as the hash that it is used with. */
const HASH_BYTES: Readonly<Record<(typeof SYMMETRIC_ALGORITHMS)[number], number>> = { HS256: 32, HS384: 48, HS512: 64 };

/** Bytes that a secret needs at least, for those of the algorithms that use one. */
export function secretBytes(algorithms: readonly Algorithm[]): number {
  const used = SYMMETRIC_ALGORITHMS.filter((one) => algorithms.includes(one));
  return Math.max(HASH_BYTES.HS256, ...used.map((one) => HASH_BYTES[one]));
}

/** Fewer different bytes than this are a pattern and not a key. */
const MIN_DISTINCT_BYTES = 8;

/** What people leave standing from examples, letters and digits only. */
const WELL_KNOWN = [
  ...["changeme", "secret", "password", "passwort", "default", "example", "test", "key", "jwt", "token", "admin"],
  ...["your256bitsecret", "astringsecretatleast256bitslong", "yoursecretkey", "supersecret", "mysecret", "sallyport"],
  ...["0123456789abcdef", "0123456789", "1234567890", "12345678", "abcdefghijklmnopqrstuvwxyz", "pmproxy", "pmsession"],
];

export interface Weakness {
  /** For people, to be put behind the setting's name. Never holds the secret. */
  readonly text: string;
  /** Anybody would try it. */
  readonly known: boolean;
}

/** Why a secret would be guessed, or undefined. `least`: bytes, see `secretBytes`. */
export function secretWeakness(secret: string, least: number = HASH_BYTES.HS256): Weakness | undefined {
  if (isWellKnown(secret)) return { text: "is a well-known value that anybody would try", known: true };
  const bytes = utf8(secret);
  if (bytes.length < least) return { text: `has ${bytes.length} bytes: ${least} or more`, known: false };
  const plain = new Set(bytes).size < MIN_DISTINCT_BYTES;
  return plain ? { text: "repeats a few characters and can be guessed", known: false } : undefined;
}

/** A well-known value, or one repeated. */
function isWellKnown(secret: string): boolean {
  const plain = secret.toLowerCase().replace(/[^a-z0-9]/g, "");
  return WELL_KNOWN.some((known) => plain.replaceAll(known, "") === "");
}
