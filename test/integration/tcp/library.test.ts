import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { packLibrary } from "../../../packaging/library/pack.ts";
import { startAuthority } from "./support.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

const PROGRAM = `
import { type CertificateError, ConfigurationError, createTcpProxy, type TcpProxyConfiguration } from "@sallyport/gateway";

const [ca = "", cert = "", key = ""] = process.argv.slice(2);
const configuration: TcpProxyConfiguration = {
  listen: "127.0.0.1:0",
  tls: { ca, cert, key },
  upstreams: ["127.0.0.1:9000"],
  authorizedGroups: ["engineering"],
  rateLimit: { capacity: 10, fillRate: "5s" },
};
const proxy = await createTcpProxy(configuration, { now: () => Date.now() / 1000 });
await proxy.listen();
const listens: boolean = proxy.port > 0;
await proxy.close({ drain: 1_000 });
const faults = await createTcpProxy({ ...configuration, upstreams: [] }).catch((error: unknown) =>
  error instanceof ConfigurationError ? error.faults : [],
);
const files = await createTcpProxy({ ...configuration, tls: { ca: "none.pem", cert, key } }).catch(
  (error: CertificateError) => error.faults,
);
console.log(JSON.stringify({ listens, faults, files }));
`;

const COMPILER = {
  compilerOptions: {
    ...{ module: "nodenext", target: "es2024", strict: true, exactOptionalPropertyTypes: true },
    ...{ skipLibCheck: false, types: ["node"], outDir: "out" },
  },
  include: ["program.ts"],
};

/** A folder into which the package was installed: unpacked, with what it depends on beside it. */
async function startProject() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-embedding-"));
  const modules = join(folder, "node_modules");
  const tarball = await packLibrary(folder);
  await run("tar", ["xzf", tarball], { cwd: folder });
  await mkdir(join(modules, "@sallyport"), { recursive: true });
  await cp(join(folder, "package"), join(modules, "@sallyport/gateway"), { recursive: true });
  const known = join(ROOT, "packages/gateway/node_modules");
  for (const name of await readdir(known)) {
    if (name !== "@sallyport") await symlink(join(known, name), join(modules, name));
  }
  await symlink(join(ROOT, "node_modules/@types"), join(modules, "@types"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(COMPILER));
  await writeFile(join(folder, "program.ts"), PROGRAM);
  return {
    folder,
    node: async (...words: readonly string[]) => (await run(process.execPath, words, { cwd: folder })).stdout,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

test("another program installs the package, is compiled against its types in strict mode, and runs a proxy", async () => {
  await using authority = await startAuthority();
  await using project = await startProject();
  await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", project.folder]);
  const { ca, cert, key } = authority.tls;
  expect(JSON.parse(await project.node("out/program.js", ca, cert, key))).toEqual({
    listens: true,
    faults: [{ setting: "upstreams", message: "must list one at least" }],
    files: [expect.stringMatching(/none\.pem does not exist/)],
  });
  const command = "node_modules/@sallyport/gateway/dist/main.js";
  expect(await project.node(command, "tcp", "--help")).toContain("--listen <address>");
}, 180_000);
