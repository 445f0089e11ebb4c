import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type Command, startCommand } from "../../support/process.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";
import { type Attacker, attackers, type Prey } from "./attackers.ts";

/**
 * What so many slow attackers of each kind do to an honest client's latency and to the gateway's memory, and whether all
 * is as before once they are gone: `node test/security/slow/measure.ts [attackers of each kind]`. Figures depend on the
 * machine, so they are printed and not asserted.
 */
const COUNT = Number(process.argv[2] ?? 200);
const REQUESTS = 400;
const MIB = 2 ** 20;

async function startController(): Promise<Server> {
  const large = Buffer.alloc(8 * MIB);
  const server = createServer((message, response) => {
    if (message.url === "/large") response.end(large);
    else message.resume().on("end", () => response.end("ok"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Milliseconds under which 99 of 100 requests stayed, one after the other on a kept connection. */
async function p99({ port, token }: Prey): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const headers = { cookie: `pm-session=${token}`, "x-pm-host": "127.0.0.1" };
  const times: number[] = [];
  for (let count = 0; count < REQUESTS; count++) {
    const began = performance.now();
    const [answer] = await once(request({ host: "127.0.0.1", port, agent, headers }).end(), "response");
    await once(answer.resume(), "end");
    times.push(performance.now() - began);
  }
  agent.destroy();
  return times.sort((one, other) => one - other)[Math.floor(REQUESTS * 0.99)] ?? Number.NaN;
}

/** Resident memory of a process and of those that it started, in MiB. */
async function memoryOf(pid: number): Promise<number> {
  let pages = 0;
  for (const name of await readdir("/proc")) {
    const stat = /^[0-9]+$/.test(name) ? await readFile(`/proc/${name}/stat`, "utf8").catch(() => "") : "";
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (Number(name) === pid || Number(fields[1]) === pid) pages += Number(fields[21] ?? 0);
  }
  return (pages * 4096) / MIB;
}

/** What is attacked, and who is asked how that is for him: customers of two controllers. */
interface Parties {
  readonly prey: Prey;
  readonly honest: Prey;
  readonly gateway: Command;
}

async function attack({ kind, start }: Attacker, { prey, honest, gateway: { pid } }: Parties): Promise<void> {
  const sockets: Socket[] = [];
  for (let count = 0; count < COUNT; count++) {
    const socket = start(prey);
    socket.on("error", () => socket.destroy());
    sockets.push(socket);
  }
  await Promise.all(sockets.map(stands));
  const during = await p99(honest);
  const memory = await memoryOf(pid);
  const held = sockets.filter(({ destroyed }) => !destroyed).length;
  for (const socket of sockets) socket.destroy();
  const after = await p99(honest);
  row([kind, during.toFixed(1), after.toFixed(1), memory.toFixed(0), String(held)]);
}

/** Connected, and shaken hands where that is meant to be; or turned away already. */
function stands(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("encrypted" in socket ? "secureConnect" : "connect", () => resolve());
    socket.once("close", () => resolve());
  });
}

function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const controllers = [await startController(), await startController()];
const folder = await mkdtemp(join(tmpdir(), "sallyport-slow-"));
const environment = {
  ...{ JWT_KEY: TEST_SECRET, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: folder },
  ...{ ALLOWED_TARGETS: "127.0.0.0/8", DETECT_PLATFORMS: "false", MAX_CONNECTIONS_PER_CONTROLLER: "6" },
};
const gateway = startCommand(["serve"], { environment });
try {
  const { port } = await gateway.logged("serving");
  const customers = controllers.map(async (controller) => {
    const token = await mintToken({ port: (controller.address() as AddressInfo).port, scheme: "http" });
    return { port: Number(port), token };
  });
  const [honest, prey] = (await Promise.all(customers)) as [Prey, Prey];
  await p99(honest);
  const unloaded = await p99(honest);
  row([`${COUNT} of each`, "p99 during (ms)", "p99 after (ms)", "memory (MiB)", "still held"]);
  row(["---", "---", "---", "---", "---"]);
  row(["nobody", unloaded.toFixed(1), unloaded.toFixed(1), (await memoryOf(gateway.pid)).toFixed(0), "0"]);
  for (const one of attackers) await attack(one, { prey, honest, gateway });
  row(["nobody, afterwards", (await p99(honest)).toFixed(1), "", (await memoryOf(gateway.pid)).toFixed(0), "0"]);
} finally {
  await gateway[Symbol.asyncDispose]();
  for (const controller of controllers) controller.close().closeAllConnections();
  await rm(folder, { recursive: true, force: true });
}
