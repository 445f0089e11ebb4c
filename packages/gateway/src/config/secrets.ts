import { splitSecrets } from "./fields.ts";
import { readNamedFile } from "./named-file.ts";
import type { Report } from "./report.ts";

/** RFC 7518, 3.2: a key of HS256 has at least as many bits as its hash. */
const MIN_BYTES = 32;
const MIN_DISTINCT_BYTES = 8;

/** What people leave standing from examples, letters and digits only. */
const WELL_KNOWN = [
  ...["changeme", "secret", "password", "passwort", "default", "example", "test", "key", "jwt", "token", "admin"],
  ...["your256bitsecret", "astringsecretatleast256bitslong", "yoursecretkey", "supersecret", "mysecret", "sallyport"],
  ...["0123456789abcdef", "0123456789", "1234567890", "12345678", "abcdefghijklmnopqrstuvwxyz", "pmproxy", "pmsession"],
];

export const HOW_TO_MAKE_A_KEY = "make one with `openssl rand -base64 48` or `sallyport key`";

export interface SecretSetting {
  readonly value: readonly string[] | undefined;
  readonly file: string | undefined;
  /** Keys of the section that holds `key` and `keyFile`. */
  readonly keys: readonly string[];
  /** A secret that is too short or too plain is a warning instead of a fault. */
  readonly lenient: boolean;
}

/** The secrets of a setting, from its value or its file; every one that would be guessed is a fault. */
export async function resolveSecrets(setting: SecretSetting, report: Report): Promise<readonly string[]> {
  const { value, file, keys } = setting;
  if (value && file !== undefined) {
    report.fault([...keys, "keyFile"], "and the secret itself are both set: leave one out");
    return [];
  }
  const name = [...keys, value ? "key" : "keyFile"];
  const secrets = value ?? (file === undefined ? [] : await readSecrets(name, file, report));
  for (const [index, secret] of secrets.entries()) {
    const weakness = weaknessOf(secret);
    if (!weakness) continue;
    const message = `${secrets.length > 1 ? `(secret ${index + 1}) ` : ""}${weakness.text}; ${HOW_TO_MAKE_A_KEY}`;
    if (setting.lenient && !weakness.known) report.warn(name, message);
    else report.fault(name, message);
  }
  return secrets;
}

function weaknessOf(secret: string): { text: string; known: boolean } | undefined {
  if (isWellKnown(secret)) return { text: "is a well-known value that anybody would try", known: true };
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_BYTES) return { text: `has ${bytes.length} bytes: ${MIN_BYTES} or more`, known: false };
  const plain = new Set(bytes).size < MIN_DISTINCT_BYTES;
  return plain ? { text: "repeats a few characters and can be guessed", known: false } : undefined;
}

/** A well-known value, or one repeated. */
function isWellKnown(secret: string): boolean {
  const plain = secret.toLowerCase().replace(/[^a-z0-9]/g, "");
  return WELL_KNOWN.some((known) => plain.replaceAll(known, "") === "");
}

async function readSecrets(keys: readonly string[], path: string, report: Report): Promise<string[]> {
  const content = await readNamedFile(keys, path, report);
  if (content === undefined) return [];
  const secrets = splitSecrets(content);
  if (secrets.length === 0) report.fault(keys, `names a file that holds no secret (${path})`);
  return secrets;
}
