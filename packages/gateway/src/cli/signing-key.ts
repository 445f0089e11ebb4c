import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Algorithm, isAlgorithm, SYMMETRIC_ALGORITHMS, splitSecrets } from "@sallyport/shared";
import { type FileOption, readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

export interface SigningOptions extends FileOption {
  readonly privateKey?: string;
  readonly alg?: string;
}

export interface SigningKey {
  readonly key: KeyObject | Uint8Array;
  readonly alg: Algorithm;
}

/** What to sign with: a private key's file, else the newest secret. @throws Failure where there is none that fits */
export async function signingKey(world: World, options: SigningOptions): Promise<SigningKey> {
  const signing = await (options.privateKey === undefined ? secretKey(world, options) : privateKey(options.privateKey));
  const { alg = signing.alg } = options;
  if (!isAlgorithm(alg) || isSymmetric(alg) !== isSymmetric(signing.alg)) {
    const fitting = isSymmetric(signing.alg) ? SYMMETRIC_ALGORITHMS.join(", ") : signing.alg;
    throw new Failure(`--alg ${alg} does not go with this key; what does: ${fitting}`);
  }
  return { ...signing, alg };
}

async function secretKey(world: World, options: FileOption): Promise<SigningKey> {
  const [secret] = await tokenSecrets(world, options);
  if (secret === undefined) {
    throw new Failure("no key to sign with: set JWT_KEY or JWT_KEY_FILE, or name a --config or a --private-key");
  }
  return { key: new TextEncoder().encode(secret), alg: "HS256" };
}

async function privateKey(path: string): Promise<SigningKey> {
  const key = parsePrivateKey(path, await readText(path));
  const alg = algorithmOf(key);
  if (alg === undefined) throw new Failure(`the key in ${path} is neither Ed25519, P-256 nor RSA of 2048 bits or more`);
  return { key, alg };
}

function parsePrivateKey(path: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // OpenSSL's words are about encodings; what matters is which file it was.
    throw new Failure(`${path} holds no PEM private key without a passphrase`);
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Algorithm | undefined {
  if (asymmetricKeyType === "ed25519") return "EdDSA";
  if (asymmetricKeyType === "ec" && asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256";
  return asymmetricKeyType === "rsa" && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? "RS256" : undefined;
}

function isSymmetric(alg: Algorithm): boolean {
  return SYMMETRIC_ALGORITHMS.some((one) => one === alg);
}

/** The secrets of the named file, else of JWT_KEY or its file, the newest first; none where nothing is set. */
export async function tokenSecrets(world: World, options: FileOption): Promise<readonly string[]> {
  if (options.config !== undefined) return (await readConfiguration(world, options)).web.token.secrets;
  const { JWT_KEY: value, JWT_KEY_FILE: path } = world.environment;
  return splitSecrets(value || (path ? await readText(path) : ""));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
