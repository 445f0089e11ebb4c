import { cp, mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A copy of the workspace that can be broken; what is installed is shared with the original. */
export interface Copy extends AsyncDisposable {
  readonly root: string;
}

const PARTS = [
  ...["packages", "test", "docs", "demo", "bench", "packaging", "package.json", "pnpm-workspace.yaml"],
  ...["tsconfig.json", "tsconfig.base.json", "vitest.config.ts", "ARCHITECTURE.md", "README.md", "CHANGELOG.md"],
];

export async function copyWorkspace(original: string): Promise<Copy> {
  const root = await mkdtemp(join(tmpdir(), "sallyport-mutations-"));
  const filter = (path: string) => !path.endsWith("/node_modules");
  for (const part of PARTS) await cp(join(original, part), join(root, part), { recursive: true, filter });
  await link(original, root, "node_modules");
  for (const name of await readdir(join(original, "packages")))
    await link(original, root, `packages/${name}/node_modules`);
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true }) };
}

/** A `node_modules` whose own packages are the copy's and everything else the original's. */
async function link(original: string, root: string, folder: string): Promise<void> {
  const names = await readdir(join(original, folder)).catch(() => undefined);
  if (names === undefined) return;
  await mkdir(join(root, folder), { recursive: true });
  for (const name of names) {
    if (name === ".cache" || name.startsWith(".vite")) continue;
    if (name !== "@sallyport") await symlink(join(original, folder, name), join(root, folder, name));
    else await linkOwn(original, root, join(folder, name));
  }
}

async function linkOwn(original: string, root: string, folder: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  for (const name of await readdir(join(original, folder))) {
    await symlink(join(root, "packages", name), join(root, folder, name));
  }
}
