import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { endingWithUs } from "../../support/children.ts";
import { ensureDebianPackages } from "../../support/packages.ts";
import { freePort, waitForPort } from "../../support/ports.ts";
import { runCommand, startCommand } from "../../support/process.ts";

const run = promisify(execFile);
/** The user `nobody` of every Debian: PostgreSQL refuses to run as root. */
const NOBODY = 65534;
const ROWS = 100_000;

beforeAll(() => ensureDebianPackages(["postgresql"]), 300_000);

/** Debian keeps the server's programs in a folder of their version. */
async function programs(): Promise<string> {
  const [version] = await readdir("/usr/lib/postgresql");
  return `/usr/lib/postgresql/${version}/bin`;
}

/** A server with nothing in it, on a loopback port, in a folder that goes with it. */
async function startPostgresql() {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-pg-"));
  await chown(folder, NOBODY, NOBODY);
  const bin = await programs();
  const as = { uid: NOBODY, gid: NOBODY, cwd: folder };
  await run(`${bin}/initdb`, ["-D", `${folder}/data`, "-U", "app", "-A", "trust", "--no-sync", "-E", "UTF8"], as);
  const port = await freePort();
  const options = ["-D", `${folder}/data`, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-F"];
  const server = spawn(...endingWithUs(`${bin}/postgres`, options, "TERM"), { ...as, stdio: "ignore" });
  const ended = once(server, "exit");
  await waitForPort(port);
  return {
    port,
    bin,
    [Symbol.asyncDispose]: async () => {
      server.kill("SIGINT");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test("psql and pg_dump move 100 MB out of PostgreSQL and back through tcp-connect and a listener", async () => {
  await using database = await startPostgresql();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-pg-tcp-"));
  await using _cleanup = { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  const file = (name: string) => join(folder, name);
  await runCommand(["certificates", "--out", folder, "--user", "alice", "--group", "engineering"]);
  const tls = (name: string) => ["--ca", file("ca.pem"), "--cert", file(`${name}.pem`), "--key", file(`${name}.key`)];
  const upstream = ["--upstream", `127.0.0.1:${database.port}`, "--group", "engineering"];
  await using proxy = startCommand(["tcp", "--listen", "127.0.0.1:0", ...tls("server"), ...upstream]);
  const { ports } = (await proxy.logged("serving")) as { ports: number[] };
  await using local = startCommand(["tcp-connect", "--to", `127.0.0.1:${ports[0]}`, ...tls("alice")]);
  const port = /:(\d+)/.exec(await local.wrote(/listening on .*\n/))?.[1] ?? "";

  const at = (name: string) => `host=127.0.0.1 port=${port} user=app sslmode=disable dbname=${name}`;
  const psql = async (name: string, sql: string) => (await run("psql", [at(name), "-qAtc", sql])).stdout.trim();
  await psql("postgres", "create database origin");
  await psql("postgres", "create database restored");
  await psql(
    "origin",
    `create table words as select n, string_agg(md5(n::text || k::text), '') as word
       from generate_series(1, ${ROWS}) n, generate_series(1, 32) k group by n`,
  );
  const dump = file("dump.sql");
  await run("pg_dump", ["-d", at("origin"), "-f", dump]);
  expect(Number((await run("stat", ["-c", "%s", dump])).stdout)).toBeGreaterThan(100_000_000);
  await run("psql", [at("restored"), "-q", "-v", "ON_ERROR_STOP=1", "-f", dump]);
  const digest = "select md5(string_agg(md5(word), '' order by n)) from words";
  const [origin, restored] = [await psql("origin", digest), await psql("restored", digest)];
  expect([restored, restored.length]).toEqual([origin, 32]);
  expect(await psql("restored", "select count(*) from words")).toBe(String(ROWS));
}, 300_000);
