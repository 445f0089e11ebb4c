import { once } from "node:events";
import { chmod, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { BoundSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { call } from "../../support/http-client.ts";
import { type Command, startCommand } from "../../support/process.ts";
import { TEST_SECRET } from "../../support/tokens.ts";

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let ca: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-passed-"));
  await chmod(folder, 0o777);
  const certificate = await (await makeAuthority()).issue();
  ca = certificate.ca;
  await writeFile(join(folder, "crt"), certificate.cert);
  await writeFile(join(folder, "key"), certificate.key, { mode: 0o644 });
});
afterAll(() => rm(folder, { recursive: true }));

function environment(more: Record<string, string> = {}) {
  return {
    ...{ JWT_KEY: TEST_SECRET, ADMIN_LISTEN: "127.0.0.1:0", DRAIN_SECONDS: "1" },
    // Where it would listen if nothing were passed: nobody may, without root's rights.
    ...{ LISTEN: "127.0.0.1:1", CERT_PATH: join(folder, "crt"), KEY_PATH: join(folder, "key") },
    ...more,
  };
}

/** What holds the socket while gateways come and go, as systemd does. */
function holdSocket(): { readonly fd: number; readonly port: number; [Symbol.dispose](): void } {
  const socket = new BoundSocket({ host: "127.0.0.1", port: 0 });
  return { fd: socket.fd(), port: socket.address().port, [Symbol.dispose]: () => socket.close() };
}

const ask = async (port: number) => (await call(`https://127.0.0.1:${port}`, "/", { ca })).status;

const WAYS: [string, Record<string, string>, number | undefined][] = [
  ["two workers", { PROCESSES: "2" }, undefined],
  ["one process", {}, isRoot ? NOBODY : undefined],
];

describe.each(WAYS)("a socket that was passed, %s", (name, more, user) => {
  const start = (listenFd: number): Command =>
    startCommand(["serve"], {
      environment: environment({ ...more, DATA_DIR: join(folder, name) }),
      ...{ listenFd, ...(user === undefined ? {} : { user }) },
    });

  test("is listened on, in place of LISTEN", async () => {
    using socket = holdSocket();
    await using gateway = start(socket.fd);
    expect(await gateway.logged("serving")).toMatchObject({ port: socket.port });
    expect(await ask(socket.port)).toBe(400);
  });

  test("is not left while consoles are open, since who connects would wait on it", async () => {
    using socket = holdSocket();
    await using gateway = start(socket.fd);
    await gateway.logged("serving");
    gateway.signal("SIGQUIT");
    await gateway.wrote(/the socket was passed: new connections would wait on it/);
    expect(await ask(socket.port)).toBe(400);
  });

  test("outlives a restart: who connects between two gateways waits and is served", async () => {
    using socket = holdSocket();
    await using first = start(socket.fd);
    await first.logged("serving");
    first.signal("SIGTERM");
    expect((await first.ended).code).toBe(0);
    const waiting = connect({ host: "127.0.0.1", port: socket.port, ca, servername: "localhost" });
    const secured = once(waiting, "secureConnect");
    // The kernel has taken the connection; nobody answers yet.
    await once(waiting, "connect");
    await using second = start(socket.fd);
    await secured;
    waiting.end("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const [answer] = await once(waiting, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    second.signal("SIGTERM");
    expect((await second.ended).code).toBe(0);
  });
});

test("what was passed to another process is left alone", async () => {
  const variables = { LISTEN: "127.0.0.1:0", LISTEN_PID: "1", LISTEN_FDS: "1", DATA_DIR: join(folder, "other") };
  await using gateway = startCommand(["serve"], { environment: environment(variables) });
  await gateway.logged("serving");
  expect(await gateway.wrote(/serving/)).not.toContain("a socket that was passed");
});

test("what is no socket ends it with 1, in words", async () => {
  await using nothing = await open("/dev/null");
  await using gateway = startCommand(["serve"], { environment: environment(), listenFd: nothing.fd });
  const { code, err } = await gateway.ended;
  expect([code, err]).toEqual([1, "sallyport: LISTEN_FDS names descriptor 3, which is no socket\n"]);
});
