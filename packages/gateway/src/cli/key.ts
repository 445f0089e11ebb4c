import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { type Algorithm, isAlgorithm, readJwkSet } from "@sallyport/shared";
import { calculateJwkThumbprint, type JWK } from "jose";
import { Failure, type World } from "./environment.ts";

export interface KeyOptions {
  readonly alg: string;
  readonly kid?: string;
  readonly privateKey?: string;
  readonly addTo?: string;
}

/** Random bytes: at least those of the hash (RFC 7518, 3.2), and a multiple of three, so that base64 needs no padding. */
const SECRET_BYTES: Readonly<Record<string, number>> = { HS256: 48, HS384: 48, HS512: 66 };

/** A secret for JWT_KEY and JWT_SECRET, or for EDGE_KEY, in base64. */
export function key(world: World): void {
  world.out(`${secretFor("HS256")}\n`);
}

function secretFor(alg: string): string | undefined {
  const bytes = SECRET_BYTES[alg];
  return bytes === undefined ? undefined : randomBytes(bytes).toString("base64");
}

/**
 * A key for any of the algorithms. Of a pair, the private half goes into a new file that its owner alone may read, and
 * the public one, as a JWK set for JWT_JWKS at edge and gateway, to standard output: beside those of the set that it is
 * added to, so that tokens of the old key stay good while the new one is being brought in.
 */
export async function generateKey(world: World, options: KeyOptions): Promise<void> {
  const { alg } = options;
  if (!isAlgorithm(alg)) throw new Failure(`--alg ${alg} is none of HS256, HS384, HS512, EdDSA, ES256, RS256`);
  const secret = secretFor(alg);
  if (secret !== undefined) {
    world.out(`${secret}\n`);
    return;
  }
  if (options.privateKey === undefined) {
    throw new Failure(`--alg ${alg} needs --private-key <file>: where the private half is to be kept`);
  }
  const before = options.addTo === undefined ? [] : await readKeys(options.addTo);
  const pem = generatePair(alg);
  const jwk = await publicJwk(pem, alg, options.kid);
  if (before.some(({ kid }) => kid === jwk.kid))
    throw new Failure(`${options.addTo} has a key named ${jwk.kid} already`);
  await keepPrivate(options.privateKey, pem);
  world.out(`${JSON.stringify({ keys: [jwk, ...before] }, null, 2)}\n`);
}

function generatePair(alg: Algorithm): string {
  const format = {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  } as const;
  if (alg === "EdDSA") return generateKeyPairSync("ed25519", format).privateKey;
  if (alg === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256", ...format }).privateKey;
  return generateKeyPairSync("rsa", { modulusLength: 3072, ...format }).privateKey;
}

/** Named by what it is (RFC 7638) where nobody names it otherwise. */
async function publicJwk(pem: string, alg: Algorithm, kid?: string): Promise<JWK> {
  const jwk = createPublicKey(createPrivateKey(pem)).export({ format: "jwk" }) as JWK;
  return { ...jwk, kid: kid ?? (await calculateJwkThumbprint(jwk)), alg, use: "sig" };
}

async function readKeys(path: string): Promise<readonly JWK[]> {
  try {
    const set: unknown = JSON.parse(await readFile(path, "utf8"));
    await readJwkSet(set);
    return (set as { readonly keys: readonly JWK[] }).keys;
  } catch (error) {
    throw new Failure(
      `${path} holds no JWK set that could be added to (${error instanceof Error ? error.message : error})`,
    );
  }
}

async function keepPrivate(path: string, pem: string): Promise<void> {
  try {
    await writeFile(path, pem, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new Failure(`${path} exists: a private key is not written over`);
    throw new Failure(`${path} cannot be written (${code})`);
  }
}
