import { mkdir, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { readPair } from "../certificates/files.ts";
import { CertificateError, type CertificatePair } from "../certificates/pair.ts";
import { Failure, type World } from "./environment.ts";

export interface CertificatesOptions {
  readonly out: string;
  readonly host?: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly days: string;
  readonly rsa?: boolean;
}

const LOOPBACK = ["localhost", "127.0.0.1", "::1"] as const;

/** Makes an authority and a server certificate in a folder, where they are not yet, and a client certificate. */
export async function certificates(world: World, options: CertificatesOptions): Promise<void> {
  const days = readDays(options.days);
  const names = readHosts(options.host);
  const commonName = clientName(options);
  const { makeAuthority, makeLeaf } = await import("../certificates/make-authority.ts");
  await mkdir(options.out, { recursive: true }).catch((error) => cannotWrite(options.out, error));
  const folder = new Folder(options.out, world);
  const [known, server] = [await folder.read("ca"), await folder.read("server")];
  if (server && options.host) throw new Failure(`${folder.path("server.pem")} is there already: ${TAKE_AWAY}`);
  if (known && server && commonName === undefined)
    world.err(`${options.out} holds both already: for a client's certificate say --user and --group\n`);
  if (options.user !== undefined && (await folder.read(options.user)))
    throw alreadyThere(folder.path(`${options.user}.key`));
  const authority = known ?? (await folder.write("ca", await makeAuthority(options.rsa ? "rsa" : "ecdsa")));
  if (!server)
    await folder.write("server", await makeLeaf(authority, { commonName: names[0], usage: "server", names, days }));
  if (commonName === undefined) return;
  const request = { commonName, usage: "client", names: [], days } as const;
  await folder.write(options.user ?? "client", await makeLeaf(authority, request));
}

const TAKE_AWAY = "take it and its key away first, or leave --host out";

function readHosts(hosts: readonly string[] = LOOPBACK): readonly [string, ...string[]] {
  const wrong = hosts.find((host) => isIP(host) === 0 && !/^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(host));
  if (wrong !== undefined) throw new Failure(`--host takes names and addresses, not ${JSON.stringify(wrong)}`);
  const [first = LOOPBACK[0], ...others] = hosts;
  return [first, ...others];
}

function readDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new Failure(`--days must be a whole number, not ${JSON.stringify(text)}`);
}

/** `user@group`, of parts that can also name a file. */
function clientName({ user, group }: CertificatesOptions): string | undefined {
  if (user === undefined && group === undefined) return undefined;
  if (user === undefined || group === undefined)
    throw new Failure("--user and --group belong together: a client is user@group");
  for (const part of [user, group]) {
    if (!/^\w[\w.-]*$/.test(part))
      throw new Failure(`${JSON.stringify(part)} must be of letters, digits, dots and dashes`);
  }
  if (["ca", "server"].includes(user)) throw new Failure(`"${user}" is the name of other files: choose another user`);
  return `${user}@${group}`;
}

class Folder {
  readonly #path: string;
  readonly #world: World;

  constructor(path: string, world: World) {
    this.#path = path;
    this.#world = world;
  }

  path(file: string): string {
    return join(this.#path, file);
  }

  /** Undefined where neither half is there: with one alone nothing can be signed, and nothing is made in its place. */
  async read(name: string): Promise<CertificatePair | undefined> {
    try {
      return await readPair({ certPath: this.path(`${name}.pem`), keyPath: this.path(`${name}.key`), required: false });
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      const advice = `put ${name}.pem and ${name}.key right, or choose another folder with --out`;
      throw new Failure(`${error.message}: ${advice}`);
    }
  }

  /** Never over what is there: a key that was lost cannot be had back. */
  async write(name: string, pair: CertificatePair): Promise<CertificatePair> {
    const [cert, key] = [this.path(`${name}.pem`), this.path(`${name}.key`)];
    try {
      await writeFile(key, pair.key, { mode: 0o600, flag: "wx" });
      await writeFile(cert, pair.cert, { mode: 0o644, flag: "wx" });
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === "EEXIST") throw alreadyThere(String(path));
      cannotWrite(this.#path, error);
    }
    this.#world.out(`${cert}\n${key}\n`);
    return pair;
  }
}

function alreadyThere(path: string): Failure {
  return new Failure(`${path} is there already: take it away first`);
}

/** A fault of ours has no such code, and is none of the folder's. */
function cannotWrite(folder: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  throw new Failure(`${folder} is no folder that can be written to (${code}): choose another with --out`);
}
