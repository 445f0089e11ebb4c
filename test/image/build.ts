import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ensureDebianPackages } from "../support/packages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BASE = "docker.io/library/node:26-bookworm-slim";
const IMAGE = "localhost/sallyport-test";
/** What the base image has beside Debian's smallest system. */
const BASE_PACKAGES = "libatomic1,ca-certificates";

/** An image built from the Dockerfile without an engine. */
export interface Image extends AsyncDisposable {
  /** The image's root, unpacked. */
  readonly rootfs: string;
  /** What the image sets: `NAME=value` by name. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Builds the Dockerfile with buildah, its base image made from Debian's packages and this Node. Needs root.
 * @throws Error with what a step said
 */
export async function buildImage(): Promise<Image> {
  await ensureDebianPackages(["buildah", "debootstrap"]);
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-image-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const buildah = buildahIn(folder);
  await makeBase(join(folder, "base"), buildah);
  await buildah(
    "bud",
    "--isolation",
    "chroot",
    "--format",
    "docker",
    "--pull-never",
    "--network",
    "host",
    "-t",
    IMAGE,
    ROOT,
  );
  const container = await buildah("from", "--pull-never", IMAGE);
  const rootfs = await buildah("mount", container);
  undo.defer(() => buildah("umount", container).then(() => {}));
  const parts = undo.move();
  return {
    rootfs,
    environment: await environmentOf(container, buildah),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function environmentOf(container: string, buildah: Buildah): Promise<Record<string, string>> {
  const { OCIv1 } = JSON.parse(await buildah("inspect", container)) as { OCIv1: { config: { Env: string[] } } };
  return Object.fromEntries(OCIv1.config.Env.map((pair) => [pair.split("=", 1)[0], pair.slice(pair.indexOf("=") + 1)]));
}

type Buildah = (...words: string[]) => Promise<string>;

/** Everything of buildah's lies in the folder: nothing of the machine's own images is seen or left changed. */
function buildahIn(folder: string): Buildah {
  const own = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"];
  return (...words) => run("buildah", [...own, ...words]);
}

async function makeBase(rootfs: string, buildah: Buildah): Promise<void> {
  await mkdir(rootfs);
  await run("debootstrap", [
    "--variant=minbase",
    `--include=${BASE_PACKAGES}`,
    "bookworm",
    rootfs,
    await debianMirror(),
  ]);
  await cp(process.execPath, join(rootfs, "usr/local/bin/node"));
  await installNpm(rootfs);
  await run("chroot", [rootfs, "useradd", "--uid", "1000", "--create-home", "--shell", "/bin/bash", "node"]);
  await trustAndRegistry(rootfs);
  const container = await buildah("from", "scratch");
  await buildah("copy", "--quiet", container, rootfs, "/");
  await buildah("commit", "--quiet", "--format", "docker", container, BASE);
  await buildah("rm", container);
  await rm(rootfs, { recursive: true });
}

/** The npm that belongs to the Node which started the tests. */
async function installNpm(rootfs: string): Promise<void> {
  const global = (await run("npm", ["root", "--global"])).trim();
  const target = join(rootfs, "usr/local/lib/node_modules/npm");
  await cp(join(global, "npm"), target, { recursive: true });
  for (const name of ["npm", "npx"]) {
    await writeFile(
      join(rootfs, "usr/local/bin", name),
      `#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/${name}-cli.js "$@"\n`,
      { mode: 0o755 },
    );
  }
}

/** The build runs with this machine's way to its package registry. */
async function trustAndRegistry(rootfs: string): Promise<void> {
  const registry = (await run("npm", ["config", "get", "registry"])).trim();
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  if (extra !== undefined) await cp(extra, join(rootfs, "etc/ssl/extra.pem"));
  const cafile = extra === undefined ? "" : "cafile=/etc/ssl/extra.pem\n";
  await writeFile(join(rootfs, "root/.npmrc"), `registry=${registry}\n${cafile}`);
}

/** Where this machine's own apt gets Debian from. */
async function debianMirror(): Promise<string> {
  const uris = await run("apt-get", ["indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"]);
  const line = uris.split("\n").find((one) => /^(?:bookworm|stable) /.test(one)) ?? "";
  const mirror = line.split(" ")[1];
  if (!mirror) throw new Error("apt has no source for Debian bookworm");
  return mirror;
}

async function run(program: string, words: readonly string[]): Promise<string> {
  const execute = promisify(execFile);
  try {
    const { stdout } = await execute(program, [...words], { cwd: ROOT, maxBuffer: 1 << 26 });
    return stdout.trim();
  } catch (error) {
    const { stderr = "", stdout = "" } = error as { stderr?: string; stdout?: string };
    throw new Error(`${program} ${words.join(" ")} failed:\n${`${stdout}${stderr}`.slice(-4000)}`, { cause: error });
  }
}
