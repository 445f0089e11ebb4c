import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeCertificate } from "../../support/certificates.ts";
import { type Command, startCommand } from "../../support/process.ts";
import { TEST_SECRET } from "../../support/tokens.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-processes-"));
  await chmod(folder, 0o777);
});
afterAll(() => rm(folder, { recursive: true }));

interface Start {
  readonly variables?: Record<string, string>;
  readonly user?: number;
}

function start({ variables = {}, user }: Start = {}): Command {
  const environment = {
    JWT_KEY: TEST_SECRET,
    LISTEN: "127.0.0.1:0",
    ADMIN_LISTEN: "127.0.0.1:0",
    DATA_DIR: join(folder, `data-${user ?? 0}`),
    ...variables,
  };
  return startCommand(["serve"], user === undefined ? { environment } : { environment, user });
}

async function serving(options?: Start): Promise<{ gateway: Command; port: number; adminPort: number }> {
  const gateway = start(options);
  const { port, adminPort } = await gateway.logged("serving");
  return { gateway, port: Number(port), adminPort: Number(adminPort) };
}

async function workersOf(gateway: Command): Promise<number[]> {
  const children = await readFile(`/proc/${gateway.pid}/task/${gateway.pid}/children`, "utf8");
  return children.trim().split(" ").filter(Boolean).map(Number);
}

interface Seen {
  /** A resumed session shows no certificate. */
  readonly subject: string | undefined;
  readonly resumed: boolean;
}

/** One connection with one request: what its TLS was like, once the answer is complete. */
async function ask(port: number, session?: Buffer): Promise<Seen> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...(session ? { session } : {}) });
  await once(socket, "secureConnect");
  const seen = { subject: socket.getPeerX509Certificate()?.subject, resumed: socket.isSessionReused() };
  socket.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  socket.resume();
  await once(socket, "end");
  return seen;
}

function sessionOf(port: number): Promise<Buffer> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("session", (session) => {
      socket.destroy();
      resolve(session);
    });
  });
}

/** `Z` where it has ended and nobody has asked how, `gone` after that. */
async function stateOf(pid: number): Promise<string> {
  try {
    return /^State:\s+(\S)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
}

describe.runIf(isRoot)("started as root", () => {
  test("workers run as nobody, with no group of root's and no secret in their environment", async () => {
    const { gateway } = await serving();
    await using _gateway = gateway;
    const [worker] = await workersOf(gateway);
    const status = await readFile(`/proc/${worker}/status`, "utf8");
    expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(status).toMatch(/^Gid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    expect(await readFile(`/proc/${worker}/environ`, "utf8")).not.toContain("JWT_KEY");
  });

  test("a user who is not there ends it with 1 and a name", async () => {
    await using gateway = start({ variables: { SALLYPORT_USER: "who-is-that" } });
    const { code, err } = await gateway.ended;
    expect(code).toBe(1);
    expect(err).toContain("there is no user who-is-that on this system: set SALLYPORT_USER");
    expect(err).not.toContain("    at ");
  });
});

describe.runIf(isRoot)("started as somebody else", () => {
  test("it serves in one process and ends with 0", async () => {
    const { gateway, port } = await serving({ user: NOBODY });
    await using _gateway = gateway;
    await ask(port);
    expect(await workersOf(gateway)).toEqual([]);
    gateway.signal("SIGTERM");
    expect((await gateway.ended).code).toBe(0);
  });

  test("a key that only root may read ends it with 1, the user and the fix", async () => {
    const { cert, key } = await makeCertificate();
    const [CERT_PATH, KEY_PATH] = [join(folder, "root.crt"), join(folder, "root.key")];
    await writeFile(CERT_PATH, cert);
    await writeFile(KEY_PATH, key, { mode: 0o600 });
    await using gateway = start({ variables: { CERT_PATH, KEY_PATH }, user: NOBODY });
    const { code, err } = await gateway.ended;
    expect(code).toBe(1);
    expect(err).toContain("root.key may not be read by user nobody (uid 65534)");
    expect(err).toContain("started as root");
    await using asRoot = start({ variables: { CERT_PATH, KEY_PATH } });
    expect(await asRoot.logged("serving")).toBeDefined();
  });
});

describe("an address that is taken", () => {
  test.each(["LISTEN", "ADMIN_LISTEN"])("%s ends it with 1, in words", async (name) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await using gateway = start({ variables: { [name]: `127.0.0.1:${port}` } });
    const { code, err } = await gateway.ended;
    other.close();
    expect(code).toBe(1);
    expect(err).toMatch(/cannot listen on 127\.0\.0\.1:\d+: another program listens there/);
    expect(err).not.toContain("    at ");
  });
});

test.runIf(isRoot)("while the only worker is replaced, new connections wait and are served", async () => {
  const { gateway, port } = await serving();
  await using _gateway = gateway;
  const [worker = 0] = await workersOf(gateway);
  process.kill(worker, "SIGKILL");
  await gateway.logged("a worker process died and is replaced");
  await Promise.all(Array.from({ length: 10 }, () => ask(port)));
});

test("a TLS session begun with one worker goes on with another", async () => {
  const { gateway, port } = await serving({ variables: { PROCESSES: "2" } });
  await using _gateway = gateway;
  const session = await sessionOf(port);
  const seen = await Promise.all(Array.from({ length: 12 }, () => ask(port, session)));
  expect(seen.map(({ resumed }) => resumed)).not.toContain(false);
});

test("a renewed certificate reaches the workers at SIGHUP, and the shared tickets stay", async () => {
  const [one, two] = [await makeCertificate({ names: ["one"] }), await makeCertificate({ names: ["two"] })];
  const [CERT_PATH, KEY_PATH] = [join(folder, "origin.crt"), join(folder, "origin.key")];
  const write = async ({ cert, key }: typeof one) => {
    await writeFile(CERT_PATH, cert);
    await writeFile(KEY_PATH, key);
  };
  await write(one);
  const { gateway, port } = await serving({ variables: { CERT_PATH, KEY_PATH, PROCESSES: "2" } });
  await using _gateway = gateway;
  const shown = async () => (await ask(port)).subject;
  expect(await shown()).toBe("CN=one");
  await write(two);
  gateway.signal("SIGHUP");
  await expect.poll(async () => new Set([await shown(), await shown(), await shown()])).toEqual(new Set(["CN=two"]));
  const session = await sessionOf(port);
  const seen = await Promise.all(Array.from({ length: 12 }, () => ask(port, session)));
  expect(seen.map(({ resumed }) => resumed)).not.toContain(false);
});

test.runIf(isRoot)("SIGTERM before it serves ends it with 0", async () => {
  await using gateway = start();
  await gateway.logged("workers run without root's rights");
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
});

test("workers do not outlive a parent that was killed", async () => {
  const { gateway } = await serving({ variables: { PROCESSES: "2" } });
  await using _gateway = gateway;
  const workers = await workersOf(gateway);
  expect(workers).toHaveLength(2);
  gateway.signal("SIGKILL");
  for (const worker of workers) await expect.poll(() => stateOf(worker)).toMatch(/^(?:Z|gone)$/);
});
