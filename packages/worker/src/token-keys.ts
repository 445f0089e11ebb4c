import {
  type Algorithm,
  ASYMMETRIC_ALGORITHMS,
  isAlgorithm,
  joinKeySets,
  jwkKeySet,
  KeyError,
  type KeySet,
  readJwkSet,
  SYMMETRIC_ALGORITHMS,
  secretBytes,
  secretKeySet,
  secretWeakness,
  splitSecrets,
} from "@sallyport/shared";
import type { Variables } from "./variables.ts";

/** By what session tokens are verified. */
export interface TokenKeys {
  readonly keys: KeySet;
  readonly algorithms: readonly Algorithm[];
}

export interface KeyOptions {
  readonly fetch: typeof fetch;
  /** Milliseconds. */
  readonly clock: () => number;
}

const HOW_TO = "make one with openssl rand -base64 48";

/** `JWT_SECRET`, `JWT_JWKS` and `JWT_ALGORITHMS`. */
export async function readTokenKeys(variables: Variables, options: KeyOptions): Promise<TokenKeys> {
  const secret = variables.raw("JWT_SECRET");
  const jwks = variables.text("JWT_JWKS");
  if (secret === undefined && jwks === undefined) {
    variables.fault("JWT_SECRET", "is missing: wrangler secret put JWT_SECRET");
  }
  const algorithms = readAlgorithms(variables, { secret: secret !== undefined, jwks: jwks !== undefined });
  const secrets = readSecrets(variables, "JWT_SECRET", secretBytes(algorithms));
  const sets = secrets.length > 0 ? [secretKeySet(secrets)] : [];
  if (jwks !== undefined) sets.push(jwkKeySet(await jwkSource(jwks, variables, options)));
  return { keys: joinKeySets(sets), algorithms };
}

/** The secrets of a variable, one a line, the newest first; every one that could be guessed is a fault. */
export function readSecrets(variables: Variables, name: string, least?: number): readonly string[] {
  const value = variables.raw(name);
  const secrets = splitSecrets(value ?? "");
  if (value !== undefined && secrets.length === 0) variables.fault(name, "holds no secret");
  for (const secret of secrets) {
    const weakness = secretWeakness(secret, least);
    if (weakness) variables.fault(name, `${weakness.text}; ${HOW_TO}`);
  }
  return secrets;
}

function readAlgorithms(variables: Variables, has: { secret: boolean; jwks: boolean }): readonly Algorithm[] {
  const named = variables.list("JWT_ALGORITHMS");
  if (named.length === 0)
    return [...(has.secret ? (["HS256"] as const) : []), ...(has.jwks ? ASYMMETRIC_ALGORITHMS : [])];
  const unknown = named.filter((name) => !isAlgorithm(name));
  if (unknown.length > 0) variables.fault("JWT_ALGORITHMS", `lists ${unknown.join(", ")}, which are not supported`);
  const algorithms = named.filter(isAlgorithm);
  const symmetric = algorithms.filter((one) => SYMMETRIC_ALGORITHMS.some((other) => other === one));
  const asymmetric = algorithms.filter((one) => !symmetric.includes(one));
  if (symmetric.length > 0 && !has.secret) {
    variables.fault("JWT_ALGORITHMS", `lists ${symmetric.join(", ")}, which need JWT_SECRET`);
  }
  if (asymmetric.length > 0 && !has.jwks) {
    variables.fault("JWT_ALGORITHMS", `lists ${asymmetric.join(", ")}, which need JWT_JWKS`);
  }
  return algorithms;
}

type JwkSource = Parameters<typeof jwkKeySet>[0];

/** A JWK set by its https address, which is asked again as the set grows old, or in the variable itself. */
async function jwkSource(jwks: string, variables: Variables, { fetch, clock }: KeyOptions): Promise<JwkSource> {
  const onError = () => console.error("JWT_JWKS could not be loaded");
  const common = { clock, onError, joinLoads: false };
  if (/^https:\/\//i.test(jwks) && URL.canParse(jwks)) return { ...common, load: () => fetchJwks(jwks, fetch) };
  try {
    const value: unknown = JSON.parse(jwks);
    await readJwkSet(value);
    return { ...common, load: async () => value, maxAge: Number.POSITIVE_INFINITY };
  } catch (error) {
    if (!(error instanceof KeyError || error instanceof SyntaxError)) throw error;
    const why = error instanceof KeyError ? `cannot be used: ${error.message}` : "is neither an https URL nor JSON";
    variables.fault("JWT_JWKS", why);
    return { ...common, load: async () => ({ keys: [] }) };
  }
}

/** Milliseconds that the issuer has for its answer. */
const JWKS_TIMEOUT = 5_000;

async function fetchJwks(url: string, fetch: KeyOptions["fetch"]): Promise<unknown> {
  // workerd knows no redirect mode "error"; with "manual" the redirect itself is the answer, and is not ok.
  const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(JWKS_TIMEOUT) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}
