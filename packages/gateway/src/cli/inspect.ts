import { createTokenVerifier, type Result, secretKeySet, type VerifiedToken } from "@sallyport/shared";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { Failure, type World } from "./environment.ts";
import { tokenSecrets } from "./token.ts";

/** Says what is in a token and, with JWT_KEY, whether it would be taken now. The token itself is not repeated. */
export async function inspect(world: World, argument: string | undefined): Promise<void> {
  const token = (argument === undefined || argument === "-" ? await world.stdin() : argument).trim();
  const parts = decode(token);
  const secrets = await tokenSecrets(world);
  const now = Date.now() / 1000;
  const verdict = secrets.length === 0 ? undefined : await verify(token, secrets, now);
  const { exp } = parts.claims;
  const report = {
    ...parts,
    verdict: verdict === undefined ? "not checked: set JWT_KEY" : verdict.ok ? "valid" : verdict.reason,
    ...(typeof exp === "number"
      ? { expires: new Date(exp * 1000).toISOString(), remaining: Math.round(exp - now) }
      : {}),
  };
  world.out(`${JSON.stringify(report, null, 2)}\n`);
  if (verdict?.ok === false)
    throw new Failure(`this token would be refused: ${verdict.reason}${verdict.detail ? ` (${verdict.detail})` : ""}`);
}

function decode(token: string): { header: unknown; claims: Record<string, unknown> } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    throw new Failure("that is no token: three parts of base64url with dots between them are expected");
  }
}

function verify(token: string, secrets: readonly string[], now: number): Promise<Result<VerifiedToken>> {
  return createTokenVerifier({ keys: secretKeySet(secrets), algorithms: ["HS256", "HS384", "HS512"] }).verify(
    token,
    now,
  );
}
