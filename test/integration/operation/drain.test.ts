import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Command, startCommand } from "../../support/process.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

/** A controller whose answers wait until they are released. */
interface Slow extends AsyncDisposable {
  readonly port: number;
  readonly waiting: ServerResponse[];
  arrived(count: number): Promise<void>;
}

async function startSlow(): Promise<Slow> {
  const waiting: ServerResponse[] = [];
  const server = createServer((message, response) => {
    if (message.url === "/now") response.end("now");
    else {
      waiting.push(response);
      server.emit("arrived");
    }
  });
  const sockets = new WebSocketServer({ server });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    waiting,
    async arrived(count) {
      while (waiting.length < count) await once(server, "arrived");
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

let slow: Slow;
let folder: string;
beforeAll(async () => {
  slow = await startSlow();
  folder = await mkdtemp(join(tmpdir(), "sallyport-drain-"));
});
afterAll(async () => {
  await slow[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function serve(
  more: Record<string, string> = {},
  user?: number,
): Promise<{ gateway: Command; port: number; token: string }> {
  const gateway = startCommand(["serve"], {
    ...(user === undefined ? {} : { user }),
    environment: {
      JWT_KEY: TEST_SECRET,
      LISTEN: "127.0.0.1:0",
      ADMIN_LISTEN: "127.0.0.1:0",
      ALLOWED_TARGETS: "127.0.0.0/8",
      DETECT_PLATFORMS: "false",
      // Each of two workers has half of it, and one may get all requests.
      MAX_CONNECTIONS_PER_CONTROLLER: "20",
      DATA_DIR: folder,
      DRAIN_SECONDS: "5",
      ...more,
    },
  });
  const { port } = await gateway.logged("serving");
  return { gateway, port: Number(port), token: await mintToken({ port: slow.port, scheme: "http" }) };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function get(port: number, token: string, path: string, agent?: Agent): Promise<Answer> {
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers, rejectUnauthorized: false, agent: agent ?? false };
    request(options, async (answer) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode ?? 0, body: String(Buffer.concat(chunks)) });
      } catch (error) {
        reject(error);
      }
    })
      .on("error", reject)
      .end();
  });
}

function openSocket(port: number, token: string): WebSocket {
  const envelope = encodeURIComponent(
    btoa(JSON.stringify({ host: "k7.example.test", origin: "https://k7.example.test" })),
  );
  return new WebSocket(`wss://127.0.0.1:${port}/websocket/127.0.0.1/${slow.port}/kvm?headers=${envelope}`, {
    headers: { Cookie: `pm-session=${token}`, "X-PM-Wire": "2" },
    rejectUnauthorized: false,
    perMessageDeflate: false,
  });
}

describe.each([
  ["one worker below a parent", {}],
  ["two workers", { PROCESSES: "2" }],
])("SIGTERM during traffic, %s", (_, more) => {
  test("no request is cut that ends in time, WebSockets close with 1001, exit 0", async () => {
    const { gateway, port, token } = await serve(more);
    await using _gateway = gateway;
    const before = slow.waiting.length;
    const running = Array.from({ length: 5 }, (_, index) => get(port, token, `/slow/${index}`));
    const socket = openSocket(port, token);
    await once(socket, "open");
    await slow.arrived(before + 5);
    const closed = once(socket, "close");
    gateway.signal("SIGTERM");
    await gateway.logged("draining");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, "sallyport:draining"]);
    for (const response of slow.waiting.slice(before)) response.end("done");
    for (const answer of await Promise.all(running)) expect(answer).toEqual({ status: 200, body: "done" });
    expect((await gateway.ended).code).toBe(0);
  });

  test("what does not end in time is cut, and the exit is still 0", async () => {
    const { gateway, port, token } = await serve({ ...more, DRAIN_SECONDS: "1" });
    await using _gateway = gateway;
    const before = slow.waiting.length;
    const running = get(port, token, "/slow/never");
    await slow.arrived(before + 1);
    gateway.signal("SIGTERM");
    await expect(running).rejects.toThrow();
    expect((await gateway.ended).code).toBe(0);
  });

  test("a request on a kept connection is still served while draining, and a new connection is refused", async () => {
    const { gateway, port, token } = await serve(more);
    await using _gateway = gateway;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await get(port, token, "/now", agent)).toEqual({ status: 200, body: "now" });
    gateway.signal("SIGTERM");
    await gateway.logged("draining");
    expect(await get(port, token, "/now", agent)).toEqual({ status: 200, body: "now" });
    agent.destroy();
    expect((await gateway.ended).code).toBe(0);
    await expect(get(port, token, "/now")).rejects.toThrow("ECONNREFUSED");
  });
});

test("a worker that dies is replaced, and metrics and readiness speak for all", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const { adminPort } = await gateway.logged("serving");
  const admin = async (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
  await get(port, token, "/now");
  expect((await admin("/readyz")).status).toBe(200);
  expect(await (await admin("/metrics")).text()).toContain('sallyport_decisions_total{reason="allow"} 1');
  const [victim] = (await readFile(`/proc/${gateway.pid}/task/${gateway.pid}/children`, "utf8")).trim().split(" ");
  process.kill(Number(victim), "SIGKILL");
  await gateway.logged("a worker process died and is replaced");
  await expect.poll(async () => (await admin("/readyz")).status, { timeout: 10_000 }).toBe(200);
  expect((await get(port, token, "/now")).status).toBe(200);
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
});

async function childrenOf({ pid }: Command): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
}

test("SIGTERM ends a hand-over: consoles close with 1001 at once, requests have their time, exit 0", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const before = slow.waiting.length;
  const running = get(port, token, "/slow/handed-over");
  await slow.arrived(before + 1);
  const socket = openSocket(port, token);
  await once(socket, "open");
  gateway.signal("SIGUSR2");
  await gateway.logged("workers were replaced");
  // Of the former two one may have had nothing to stay for.
  expect((await childrenOf(gateway)).length).toBeGreaterThan(2);
  const closed = once(socket, "close");
  gateway.signal("SIGTERM");
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1001, "sallyport:draining"]);
  for (const response of slow.waiting.slice(before)) response.end("done");
  expect(await running).toEqual({ status: 200, body: "done" });
  expect((await gateway.ended).code).toBe(0);
});

test("counters go on where workers are replaced", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const { adminPort } = await gateway.logged("serving");
  const allowed = async () => {
    const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    return Number(/^sallyport_decisions_total\{reason="allow"\} (\d+)$/m.exec(text)?.[1]);
  };
  for (let n = 0; n < 4; n++) await get(port, token, "/now");
  expect(await allowed()).toBe(4);
  const former = await childrenOf(gateway);
  gateway.signal("SIGUSR2");
  await expect
    .poll(async () => (await childrenOf(gateway)).filter((pid) => former.includes(pid)), { timeout: 20_000 })
    .toEqual([]);
  await get(port, token, "/now");
  await expect.poll(allowed).toBe(5);
});

const NOBODY = 65534;

test("where there is no worker to replace, the log says what to do, and it serves on", async () => {
  const isRoot = process.getuid?.() === 0;
  await chmod(folder, 0o777);
  const { gateway, port, token } = await serve({ DATA_DIR: join(folder, "alone") }, isRoot ? NOBODY : undefined);
  await using _gateway = gateway;
  gateway.signal("SIGUSR2");
  await gateway.wrote(/there is no worker process to replace: set PROCESSES to 2 or more, or start as root/);
  expect(await get(port, token, "/now")).toEqual({ status: 200, body: "now" });
});
