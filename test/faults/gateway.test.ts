import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect as connectPlain, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway } from "../support/gateway.ts";
import { call } from "../support/http-client.ts";
import { type Command, startCommand } from "../support/process.ts";
import { closed, OK, openRaw, startRawServer, statusesOf } from "../support/raw-http.ts";
import { mintToken, TEST_SECRET } from "../support/tokens.ts";

let controller: Server;
let folder: string;
beforeAll(async () => {
  controller = createServer((message, response) => {
    if (message.url === "/never") response.writeHead(200).write("begun");
    else response.end("ok");
  });
  controller.listen(0, "127.0.0.1");
  await once(controller, "listening");
  folder = await mkdtemp(join(tmpdir(), "sallyport-faults-"));
});
afterAll(async () => {
  controller.close();
  controller.closeAllConnections();
  await rm(folder, { recursive: true });
});

const target = () => ({ port: (controller.address() as AddressInfo).port, scheme: "http" });

interface Served {
  readonly gateway: Command;
  readonly port: number;
  readonly token: string;
}

async function serve(port = 0, descriptors?: number): Promise<Served> {
  const environment = {
    JWT_KEY: TEST_SECRET,
    LISTEN: `127.0.0.1:${port}`,
    ADMIN_LISTEN: "127.0.0.1:0",
    DATA_DIR: folder,
    ALLOWED_TARGETS: "127.0.0.0/8",
    DETECT_PLATFORMS: "false",
    // A worker whose parent was killed lets what is under way end, for so long.
    DRAIN_SECONDS: "1",
    HEAD_SECONDS: "60",
  };
  const gateway = startCommand(["serve"], { environment, ...(descriptors === undefined ? {} : { descriptors }) });
  const line = await gateway.logged("serving");
  return { gateway, port: Number(line.port), token: await mintToken(target()) };
}

/** Certificates that processes make for themselves are not what is tested here: their keys are taken as they are. */
async function ask({ port, token }: Served, path = "/"): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  socket.on("error", () => socket.destroy());
  let text = "";
  const gone = closed(socket);
  socket.on("data", (chunk) => {
    text += chunk;
    socket.emit("heard");
  });
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: k7.example.test",
    `Cookie: pm-session=${token}`,
    "X-PM-Host: 127.0.0.1",
  ];
  socket.write([...lines, "Connection: close", "\r\n"].join("\r\n"));
  return { socket, answer: gone.then(() => text) };
}

describe("the gateway is killed", () => {
  test("connections end, and the same token is good at the next one on the same port", async () => {
    const first = await serve();
    const open = await ask(first, "/never");
    await once(open.socket, "heard");
    first.gateway.signal("SIGKILL");
    expect(await open.answer).not.toMatch(/\r\n0\r\n\r\n$/);
    await first.gateway.ended;
    const second = await serve(first.port);
    await using _ = second.gateway;
    const again = await ask({ ...second, token: first.token });
    expect(statusesOf(await again.answer)).toEqual([200]);
  });
});

describe("descriptors run out", () => {
  test("it lives through it, and serves when some are free again", async () => {
    const served = await serve(0, 96);
    await using _ = served.gateway;
    const sockets: Socket[] = [];
    for (let count = 0; count < 150; count++) {
      const socket = connectPlain({ host: "127.0.0.1", port: served.port });
      socket.on("error", () => socket.destroy());
      sockets.push(socket);
    }
    await Promise.all(sockets.map((socket) => once(socket, "connect").catch(() => undefined)));
    for (const socket of sockets) socket.destroy();
    const { answer } = await ask(served);
    expect(statusesOf(await answer)).toEqual([200]);
  });
});

describe("the clock jumps", () => {
  async function startClock() {
    const clock = { now: Date.now() / 1000 };
    const raw = await startRawServer();
    const gateway = await startTestGateway({ now: () => clock.now });
    const token = await mintToken({ port: raw.port, scheme: "http" }, { expiresIn: 600 });
    const headers = { cookie: `pm-session=${token}`, "x-pm-host": "127.0.0.1" };
    const get = () => call(`https://127.0.0.1:${gateway.port}`, "/", { ca: gateway.ca, headers });
    const head = ["GET / HTTP/1.1", "Host: a", `Cookie: pm-session=${token}`, "X-PM-Host: 127.0.0.1", "\r\n"].join(
      "\r\n",
    );
    const parts = new AsyncDisposableStack();
    parts.use(raw);
    parts.use(gateway);
    return { clock, raw, gateway, get, head, [Symbol.asyncDispose]: () => parts.disposeAsync() };
  }

  test("forward over an expiry: what is open ends at once", async () => {
    await using one = await startClock();
    one.raw.answer = () => undefined;
    const socket = await openRaw(one.gateway);
    socket.resume().write(one.head);
    await one.raw.until((received) => received.includes("GET"));
    one.clock.now += 700;
    await closed(socket);
    expect((await one.get()).status).toBe(401);
  });

  test("back over the start: nobody enters until it is right again", async () => {
    await using one = await startClock();
    one.raw.answer = () => OK;
    one.clock.now -= 3600;
    expect((await one.get()).status).toBe(401);
    one.clock.now += 3600;
    expect((await one.get()).status).toBe(200);
  });

  test("to no number at all: nobody enters", async () => {
    await using one = await startClock();
    one.clock.now = Number.NaN;
    expect((await one.get()).status).toBe(401);
  });
});
