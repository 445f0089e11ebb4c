import { secretWeakness, splitSecrets } from "@sallyport/shared";
import { readNamedFile } from "./named-file.ts";
import type { Report } from "./report.ts";

export const HOW_TO_MAKE_A_KEY = "make one with `openssl rand -base64 48` or `sallyport key`";

export interface SecretSetting {
  readonly value: readonly string[] | undefined;
  readonly file: string | undefined;
  /** Keys of the section that holds `key` and `keyFile`. */
  readonly keys: readonly string[];
  /** A secret that is too short or too plain is a warning instead of a fault. */
  readonly lenient: boolean;
  /** Bytes that a secret needs at least; default: what HS256 needs. */
  readonly least?: number;
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
    const weakness = secretWeakness(secret, setting.least);
    if (!weakness) continue;
    const message = `${secrets.length > 1 ? `(secret ${index + 1}) ` : ""}${weakness.text}; ${HOW_TO_MAKE_A_KEY}`;
    if (setting.lenient && !weakness.known) report.warn(name, message);
    else report.fault(name, message);
  }
  return secrets;
}

async function readSecrets(keys: readonly string[], path: string, report: Report): Promise<string[]> {
  const content = await readNamedFile(keys, path, report);
  if (content === undefined) return [];
  const secrets = splitSecrets(content);
  if (secrets.length === 0) report.fault(keys, `names a file that holds no secret (${path})`);
  return secrets;
}
