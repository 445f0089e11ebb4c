import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeEnvelope } from "@sallyport/shared";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Command, startCommand } from "../../support/process.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

const SOCKETS = 200;
const EACH = 10;
/** Ten times a second each console shows another number. */
const FRAME_EVERY = 100;
/** A hundred requests a second, every other one over a connection of its own. */
const REQUEST_EVERY = 10;

interface Controller extends AsyncDisposable {
  readonly port: number;
}

/** A controller whose consoles count, each for itself, and whose page is there at once. */
async function startCounting(): Promise<Controller> {
  const server = createServer((_, response) => response.end("page"));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const counts = new Map<WebSocket, number>();
  sockets.on("connection", (socket) => void counts.set(socket, 0));
  const timer = setInterval(() => {
    for (const [socket, count] of counts) {
      counts.set(socket, count + 1);
      if (socket.readyState === socket.OPEN) socket.send(String(count));
    }
  }, FRAME_EVERY);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Place {
  readonly gateway: number;
  readonly controller: number;
}

/** A console that checks that no number is missing. */
class Console {
  readonly socket: WebSocket;
  readonly closed: Promise<string>;
  seen = 0;

  constructor(place: Place, token: string) {
    const envelope = encodeEnvelope({ host: "k7.example.test", origin: "https://k7.example.test" });
    const path = `/websocket/127.0.0.1/${place.controller}/kvm?headers=${envelope}`;
    this.socket = new WebSocket(`wss://127.0.0.1:${place.gateway}${path}`, {
      headers: { Cookie: `pm-session=${token}`, "X-PM-Wire": "2" },
      ...{ rejectUnauthorized: false, perMessageDeflate: false },
    });
    this.socket.on("message", (data) => {
      if (Number(data) !== this.seen) this.socket.emit("error", new Error(`${data} instead of ${this.seen}`));
      this.seen++;
      this.socket.emit("counted");
    });
    this.closed = once(this.socket, "close").then(([code, reason]) => `${code} ${reason}`);
  }

  /** Waits for so many numbers more; rejects where one is missing, or the console closes. */
  async counts(more: number): Promise<void> {
    const wanted = this.seen + more;
    const closed = this.closed.then((how) => Promise.reject(new Error(`closed meanwhile: ${how}`)));
    while (this.seen < wanted) await Promise.race([once(this.socket, "counted"), closed]);
  }
}

/** Requests at a steady pace; each that fails says how. */
class Load {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  readonly failures: string[] = [];
  served = 0;

  constructor(place: Place, token: string) {
    let turn = 0;
    this.#timer = setInterval(() => {
      const done = this.#ask(place, token, turn++ % 2 === 0 ? this.#agent : false);
      this.#running.add(done);
      void done.then(() => this.#running.delete(done));
    }, REQUEST_EVERY);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    this.#agent.destroy();
  }

  #ask({ gateway: port }: Place, token: string, agent: Agent | false): Promise<void> {
    const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
    return new Promise((resolve) => {
      const fail = (error: Error) => {
        this.failures.push(`${agent === false ? "new" : "kept"} connection: ${error.message}`);
        resolve();
      };
      request({ host: "127.0.0.1", port, path: "/", headers, rejectUnauthorized: false, agent }, (answer) => {
        if (answer.statusCode !== 200) return fail(new Error(`status ${answer.statusCode}`));
        answer.resume().once("error", fail);
        answer.once("end", () => {
          this.served++;
          resolve();
        });
      })
        .once("error", fail)
        .end();
    });
  }
}

async function workersOf({ pid }: Command): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").sort();
}

test(`both workers are replaced under ${SOCKETS} consoles and 100 requests a second: no request fails, consoles stay until the hand-over is over`, async () => {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-rolling-"));
  undo.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o777);
  const controller = undo.use(await startCounting());
  const environment = {
    ...{ JWT_KEY: TEST_SECRET, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: join(folder, "data") },
    ...{ PROCESSES: "2", ALLOWED_TARGETS: "127.0.0.0/8", DETECT_PLATFORMS: "false" },
    ...{ HANDOVER_SECONDS: "10", DRAIN_SECONDS: "5", MAX_CONNECTIONS_PER_CONTROLLER: "40" },
  };
  const gateway = undo.use(startCommand(["serve"], { environment }));
  const { port, adminPort } = await gateway.logged("serving");
  const place = { gateway: Number(port), controller: controller.port };
  const open = async (count: number, link: string): Promise<Console[]> => {
    const token = await mintToken({ jti: link, port: controller.port, scheme: "http" });
    const consoles = Array.from({ length: count }, () => new Console(place, token));
    undo.defer(() => consoles.forEach(({ socket }) => void socket.terminate()));
    await Promise.all(consoles.map((one) => one.counts(1)));
    return consoles;
  };
  const former: Console[] = [];
  for (let link = 0; link < SOCKETS / EACH; link++) former.push(...(await open(EACH, `link-${link}`)));
  const load = new Load(place, await mintToken({ jti: "pages", port: controller.port, scheme: "http" }));
  undo.defer(() => load.stop());
  const before = await workersOf(gateway);

  gateway.signal("SIGUSR2");
  await gateway.logged("workers were replaced");
  const during = await workersOf(gateway);
  expect(before.every((pid) => during.includes(pid))).toBe(true);
  expect(during).toHaveLength(4);
  expect((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status).toBe(200);
  await Promise.all(former.map((one) => one.counts(3)));
  const fresh = await open(EACH, "fresh");

  const endings = await Promise.all(former.map(({ closed }) => closed));
  expect(Object.entries(Object.groupBy(endings, (how) => how)).map(([how, all]) => [how, all?.length])).toEqual([
    ["1001 sallyport:draining", SOCKETS],
  ]);
  await expect
    .poll(() => workersOf(gateway), { timeout: 20_000 })
    .toEqual(during.filter((pid) => !before.includes(pid)));
  await Promise.all(fresh.map((one) => one.counts(3)));
  await load.stop();
  expect(load.failures).toEqual([]);
  expect(load.served).toBeGreaterThan(500);
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
}, 120_000);
