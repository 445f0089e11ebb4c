import { once } from "node:events";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { call } from "../../support/http-client.ts";
import { type Command, startCommand } from "../../support/process.ts";
import {
  type Bytes,
  closeOf,
  frame,
  openRawClient,
  readFrame,
  startRawController,
} from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

const OLD = "an-old-secret-of-at-least-32-bytes-0";
const NEW = "a-fresh-secret-of-at-least-32-bytes1";
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let undo: AsyncDisposableStack;
let folder: string;
let ca: string;
/** A controller that answers requests, and one whose WebSockets are bare. */
let web: number;
let console: Awaited<ReturnType<typeof startRawController>>;

beforeAll(async () => {
  undo = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), "sallyport-settings-"));
  undo.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o777);
  const certificate = await (await makeAuthority()).issue();
  ca = certificate.ca;
  await writeFile(join(folder, "crt"), certificate.cert);
  await writeFile(join(folder, "key"), certificate.key, { mode: 0o644 });
  const server = createServer((_, response) => response.end("controller")).listen(0, "127.0.0.1");
  undo.defer(() => void server.close());
  await once(server, "listening");
  web = (server.address() as AddressInfo).port;
  console = undo.use(await startRawController());
});
afterAll(() => undo.disposeAsync());

interface Running extends AsyncDisposable {
  readonly gateway: Command;
  readonly port: number;
  /** Writes a file whole, as editors and mounts do it. */
  write(name: string, content: string): Promise<void>;
  /** The n-th line of this message, from 1. */
  logged(message: string, times: number): Promise<Record<string, unknown>>;
}

interface Start {
  readonly processes: string;
  readonly user?: number;
}

const yaml = ({ networks = "127.0.0.0/8", more = "" } = {}) => `
web:
  token: { keyFile: jwt.key }
  targets: { networks: [${networks}] }
  controllers: { detect: false }
${more}`;

/** A gateway with a file of settings and a file of keys, in a folder of its own. */
async function start({ processes, user }: Start, settings = yaml(), keys = OLD): Promise<Running> {
  const own = await mkdtemp(join(folder, "gateway-"));
  await chmod(own, 0o777);
  const write = async (name: string, content: string) => {
    await writeFile(join(own, `${name}.new`), content);
    await rename(join(own, `${name}.new`), join(own, name));
  };
  await write("jwt.key", keys);
  await write("sallyport.yaml", settings);
  const environment = {
    ...{ LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", PROCESSES: processes, DATA_DIR: join(own, "data") },
    ...{ CERT_PATH: join(folder, "crt"), KEY_PATH: join(folder, "key"), LOG_LEVEL: "debug" },
  };
  const words = ["serve", "--config", join(own, "sallyport.yaml")];
  const gateway = startCommand(words, user === undefined ? { environment } : { environment, user });
  const { port } = await gateway.logged("serving");
  return {
    gateway,
    port: Number(port),
    write,
    async logged(message, times) {
      const line = `[^\\n]*"message":"${message}[^\\n]*\\n`;
      const out = await gateway.wrote(new RegExp(`(?:${line}[^]*?){${times}}`));
      const lines = out.split("\n").filter((one) => one.includes(`"message":"${message}`));
      return JSON.parse(lines[times - 1] ?? "");
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

async function statusOf({ port }: Running, token: string): Promise<number> {
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  return (await call(`https://127.0.0.1:${port}`, "/", { ca, headers })).status;
}

const tokenOf = (secret: string, claims = {}) => mintToken({ port: web, scheme: "http", ...claims }, { secret });

interface Console {
  readonly client: Bytes;
  readonly controller: Bytes;
}

async function openConsole({ port }: Running, token: string): Promise<Console> {
  const opening = openRawClient({ gateway: { port, ca }, token, port: console.port });
  const controller = await console.next();
  const { status, bytes } = await opening;
  expect(status).toBe(101);
  return { client: bytes, controller };
}

/** A message goes through: the connection has not been touched. */
async function passes({ client, controller }: Console): Promise<void> {
  controller.socket.write(frame(2, Buffer.from("picture")));
  expect(String((await readFrame(client)).payload)).toBe("picture");
}

const consoleToken = (secret: string, claims = {}) =>
  mintToken({ port: console.port, scheme: "http", ...claims }, { secret });

const REVOKED = { opcode: 8, code: 4003, reason: "sallyport:revoked" };
const WAYS: [string, Start][] = [
  ["in two workers", { processes: "2" }],
  ["in one process", isRoot ? { processes: "1", user: NOBODY } : { processes: "1" }],
];

describe.each(WAYS)("settings that change while it serves, %s", (_, way) => {
  const workers = Number(way.processes);

  test("a key is added at SIGHUP and open connections go on; taken away, its sessions end, and only those", async () => {
    await using running = await start(way);
    const { gateway } = running;
    const old = await openConsole(running, await consoleToken(OLD));
    expect(await statusOf(running, await tokenOf(NEW))).toBe(401);

    await running.write("jwt.key", `${NEW}\n${OLD}\n`);
    gateway.signal("SIGHUP");
    expect(await running.logged("settings read anew", 1)).toMatchObject({ changed: ["web.token"] });
    await running.logged("settings are in force", workers);
    expect([await statusOf(running, await tokenOf(NEW)), await statusOf(running, await tokenOf(OLD))]).toEqual([
      200, 200,
    ]);
    const fresh = await openConsole(running, await consoleToken(NEW));
    await passes(old);

    await running.write("jwt.key", NEW);
    gateway.signal("SIGHUP");
    expect(closeOf(await readFrame(old.client))).toEqual(REVOKED);
    expect(await statusOf(running, await tokenOf(OLD))).toBe(401);
    await passes(fresh);
    expect(await statusOf(running, await tokenOf(NEW))).toBe(200);
  });

  test("a file is read anew when it changes; targets no longer listed are closed, with the sessions there", async () => {
    await using running = await start(way);
    const here = await openConsole(running, await consoleToken(OLD));
    const token = await tokenOf(OLD);
    expect(await statusOf(running, token)).toBe(200);
    await running.write("sallyport.yaml", yaml({ networks: "127.0.0.2" }));
    expect(closeOf(await readFrame(here.client))).toEqual(REVOKED);
    expect(await statusOf(running, token)).toBe(403);
    await running.write("sallyport.yaml", yaml({ networks: "127.0.0.1" }));
    await expect.poll(() => statusOf(running, token), { timeout: 20_000 }).toBe(200);
  });

  test("one fault, and all of it is refused by name, line and file; what was in force goes on", async () => {
    await using running = await start(way);
    const open = await openConsole(running, await consoleToken(OLD));
    await running.write("jwt.key", NEW);
    await running.write("sallyport.yaml", yaml({ networks: "127.0.0.300/8" }));
    running.gateway.signal("SIGHUP");
    const line = await running.logged("the settings that were read anew are refused as a whole", 1);
    expect(JSON.stringify(line.faults)).toMatch(/web\.targets\.networks \(line 4\)/);
    expect(JSON.stringify(line.files)).toContain("sallyport.yaml");
    expect(JSON.stringify(line)).not.toContain(NEW);
    await passes(open);
    expect([await statusOf(running, await tokenOf(OLD)), await statusOf(running, await tokenOf(NEW))]).toEqual([
      200, 401,
    ]);
    // A key file that is emptied by mistake locks nobody out either.
    await running.write("sallyport.yaml", yaml());
    await running.write("jwt.key", "\n");
    running.gateway.signal("SIGHUP");
    const next = await running.logged("the settings that were read anew are refused as a whole", 2);
    expect(JSON.stringify(next.faults)).toMatch(/keyFile \(line 3\) names a file that holds no secret \(.*jwt\.key\)/);
    expect(await statusOf(running, await tokenOf(OLD))).toBe(200);
  });

  test("what needs a restart is named, and the rest is taken up", async () => {
    await using running = await start(way);
    const more = "  listen: 127.0.0.1:1\n  limits: { sessions: 7 }\n  allowNoOrigin: true\naudit: { days: 3 }\n";
    // Listen and the data folder are held by the environment here: what did not change is not named.
    await running.write("sallyport.yaml", yaml({ more }));
    running.gateway.signal("SIGHUP");
    expect((await running.logged("needs a restart", 1)).settings).toEqual(["AUDIT_DAYS", "MAX_SESSIONS"]);
    expect((await running.logged("settings read anew", 1)).changed).toEqual(["web.allowNoOrigin"]);
    expect(await statusOf(running, await tokenOf(OLD))).toBe(200);
  });
});

test("a JWK set's file that changes counts at once, also for sessions of a key that is no longer in it", async () => {
  const pairs = [await generateKeyPair("EdDSA"), await generateKeyPair("EdDSA")] as const;
  const jwks = await Promise.all(
    pairs.map(async ({ publicKey }, n) => ({ ...(await exportJWK(publicKey)), kid: `${n}` })),
  );
  const sign = (n: 0 | 1, port: number) =>
    new SignJWT({
      ip: "127.0.0.1",
      upstream: "localhost",
      port,
      scheme: "http",
      exp: Math.floor(Date.now() / 1000) + 600,
    })
      .setProtectedHeader({ alg: "EdDSA", kid: `${n}` })
      .sign(pairs[n].privateKey);
  const settings = yaml().replace("keyFile: jwt.key", "jwks: jwt.key");
  await using running = await start({ processes: "2" }, settings, JSON.stringify({ keys: [jwks[0]] }));
  const old = await openConsole(running, await sign(0, console.port));
  expect(await statusOf(running, await sign(1, web))).toBe(401);
  await running.write("jwt.key", JSON.stringify({ keys: [jwks[1]] }));
  expect(closeOf(await readFrame(old.client))).toEqual(REVOKED);
  await running.logged("settings are in force", 2);
  expect([await statusOf(running, await sign(1, web)), await statusOf(running, await sign(0, web))]).toEqual([
    200, 401,
  ]);
  await running.write("jwt.key", "{}");
  running.gateway.signal("SIGHUP");
  const { faults } = await running.logged("the settings that were read anew are refused as a whole", 1);
  expect(JSON.stringify(faults)).toMatch(/jwks \(line 3\) cannot be used: not a JWK set/);
  expect(await statusOf(running, await sign(1, web))).toBe(200);
});
