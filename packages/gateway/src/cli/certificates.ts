import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificatePair } from "../certificates/pair.ts";
import { Failure, type World } from "./environment.ts";

export interface CertificatesOptions {
  readonly out: string;
  readonly host: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly days: string;
  readonly rsa?: boolean;
}

/** Makes an authority and a server certificate in a folder, where they are not yet, and a client certificate. */
export async function certificates(world: World, options: CertificatesOptions): Promise<void> {
  const days = readDays(options.days);
  const commonName = clientName(options);
  const { makeAuthority, makeLeaf } = await import("../certificates/make-authority.ts");
  await mkdir(options.out, { recursive: true });
  const folder = new Folder(options.out, world);
  const authority =
    (await folder.read("ca")) ?? (await folder.write("ca", await makeAuthority(options.rsa ? "rsa" : "ecdsa")));
  if (!(await folder.read("server"))) {
    const request = { commonName: options.host[0] ?? "localhost", usage: "server", names: options.host, days } as const;
    await folder.write("server", await makeLeaf(authority, request));
  }
  if (commonName === undefined) return;
  const request = { commonName, usage: "client", names: [], days } as const;
  await folder.write(options.user ?? "client", await makeLeaf(authority, request));
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

  async read(name: string): Promise<CertificatePair | undefined> {
    try {
      const [cert, key] = await Promise.all(
        [`${name}.pem`, `${name}.key`].map((file) => readFile(join(this.#path, file), "utf8")),
      );
      return cert === undefined || key === undefined ? undefined : { cert, key };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new Failure(`${name} in ${this.#path} cannot be read: ${(error as Error).message}`);
    }
  }

  /** Never over what is there: a key that was lost cannot be had back. */
  async write(name: string, pair: CertificatePair): Promise<CertificatePair> {
    const [cert, key] = [join(this.#path, `${name}.pem`), join(this.#path, `${name}.key`)];
    try {
      await writeFile(key, pair.key, { mode: 0o600, flag: "wx" });
      await writeFile(cert, pair.cert, { mode: 0o644, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw new Failure(`${(error as NodeJS.ErrnoException).path} is there already: take it away first`);
    }
    this.#world.out(`${cert}\n${key}\n`);
    return pair;
  }
}
