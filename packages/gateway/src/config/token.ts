import {
  type Algorithm,
  ASYMMETRIC_ALGORITHMS,
  KeyError,
  readJwkSet,
  SYMMETRIC_ALGORITHMS,
  secretBytes,
} from "@sallyport/shared";
import type { TokenConfiguration } from "./configuration.ts";
import { readNamedFile } from "./named-file.ts";
import type { Report } from "./report.ts";
import type { Parsed } from "./schemas/root.ts";
import { HOW_TO_MAKE_A_KEY, resolveSecrets } from "./secrets.ts";

const SECTION = ["web", "token"];

/** The keys of session tokens: secrets, a JWK set, or both, and algorithms that have a key. */
export async function resolveToken(
  token: Parsed["web"]["token"],
  { report, lenient }: { report: Report; lenient: boolean },
): Promise<TokenConfiguration> {
  const named = token.key !== undefined || token.keyFile !== undefined;
  const least = secretBytes(token.algorithms ?? []);
  const setting = { value: token.key, file: token.keyFile, keys: SECTION, lenient, least };
  const secrets = await resolveSecrets(setting, report);
  if (!named && token.jwks === undefined) {
    report.fault([...SECTION, "key"], `is not set: it verifies every session token; ${HOW_TO_MAKE_A_KEY}`);
  }
  if (token.jwks !== undefined) await checkJwks(token.jwks, report);
  const keys = { secret: named, jwks: token.jwks !== undefined };
  const algorithms = token.algorithms ?? defaultAlgorithms(keys);
  checkAlgorithms(algorithms, keys, report);
  return { secrets, jwks: token.jwks, algorithms, cookie: token.cookie, audience: token.audience };
}

interface KeysAtHand {
  readonly secret: boolean;
  readonly jwks: boolean;
}

function defaultAlgorithms(keys: KeysAtHand): readonly Algorithm[] {
  return [...(keys.secret ? (["HS256"] as const) : []), ...(keys.jwks ? ASYMMETRIC_ALGORITHMS : [])];
}

function checkAlgorithms(algorithms: readonly Algorithm[], keys: KeysAtHand, report: Report): void {
  const name = [...SECTION, "algorithms"];
  const symmetric = algorithms.filter((algorithm) => SYMMETRIC_ALGORITHMS.some((one) => one === algorithm));
  const asymmetric = algorithms.filter((algorithm) => !symmetric.includes(algorithm));
  if (algorithms.length === 0 && (keys.secret || keys.jwks)) report.fault(name, "lists none");
  if (symmetric.length > 0 && !keys.secret) report.fault(name, `lists ${symmetric.join(", ")}, which need JWT_KEY`);
  if (asymmetric.length > 0 && !keys.jwks) report.fault(name, `lists ${asymmetric.join(", ")}, which need JWT_JWKS`);
}

async function checkJwks(source: string, report: Report): Promise<void> {
  const name = [...SECTION, "jwks"];
  if (source.startsWith("https://")) {
    if (!URL.canParse(source)) report.fault(name, "is no URL");
    return;
  }
  if (/^[a-z]+:\/\//i.test(source)) {
    report.fault(name, "must be a file or an https URL: whoever can change the set can sign tokens");
    return;
  }
  const content = await readNamedFile(name, source, report);
  if (content === undefined) return;
  try {
    await readJwkSet(JSON.parse(content));
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof SyntaxError)) throw error;
    report.fault(name, `cannot be used: ${error instanceof KeyError ? error.message : "it is no JSON"} (${source})`);
  }
}
