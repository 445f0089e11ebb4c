import {
  type Algorithm,
  ASYMMETRIC_ALGORITHMS,
  createTokenVerifier,
  joinKeySets,
  jwkKeySet,
  type KeySet,
  SYMMETRIC_ALGORITHMS,
  secretKeySet,
} from "@sallyport/shared";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { jwkSetLoader } from "../identity/jwk-set.ts";
import { type FileOption, readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";
import { tokenSecrets } from "./signing-key.ts";

/** Says what is in a token and, where there is a key, whether it would be taken now. The token is not repeated. */
export async function inspect(world: World, argument: string | undefined, options: FileOption): Promise<void> {
  const token = (argument === undefined || argument === "-" ? await world.stdin() : argument).trim();
  const { header, claims } = decode(token);
  const now = Date.now() / 1000;
  const sets = await keySets(world, options);
  const algorithms: readonly Algorithm[] = [...SYMMETRIC_ALGORITHMS, ...ASYMMETRIC_ALGORITHMS];
  const result =
    sets.length === 0
      ? undefined
      : await createTokenVerifier({ keys: joinKeySets(sets), algorithms }).verify(token, now);
  const verdict = result === undefined ? "not checked: set JWT_KEY or JWT_JWKS" : result.ok ? "valid" : result.reason;
  world.out(`${JSON.stringify({ header, claims, verdict, ...expiry(claims.exp, now) }, null, 2)}\n`);
  if (result?.ok === false) {
    throw new Failure(`this token would be refused: ${result.reason}${result.detail ? ` (${result.detail})` : ""}`);
  }
}

function decode(token: string): { header: unknown; claims: Record<string, unknown> } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new Failure("that is no token: three parts of base64url with dots between them are expected");
  }
}

/** When it ends, and how many seconds that leaves. */
function expiry(exp: unknown, now: number): object {
  const date = typeof exp === "number" ? new Date(exp * 1000) : undefined;
  if (!date || Number.isNaN(date.getTime())) return {};
  return { expires: date.toISOString(), remaining: Math.round(Number(exp) - now) };
}

async function keySets(world: World, options: FileOption): Promise<KeySet[]> {
  const secrets = await tokenSecrets(world, options);
  const jwks =
    options.config === undefined
      ? world.environment.JWT_JWKS
      : (await readConfiguration(world, options)).web.token.jwks;
  return [...(secrets.length > 0 ? [secretKeySet(secrets)] : []), ...(jwks ? [publicKeys(world, jwks)] : [])];
}

function publicKeys(world: World, source: string): KeySet {
  const onError = (error: unknown) =>
    world.err(`warning: ${source} cannot be used (${error instanceof Error ? error.message : String(error)})\n`);
  return jwkKeySet({ load: jwkSetLoader(source), clock: () => performance.now(), onError });
}
