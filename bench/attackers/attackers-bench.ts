import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Command, startCommand } from "../../test/support/process.ts";
import { mintToken, TEST_SECRET } from "../../test/support/tokens.ts";
import { type Attacker, attackers, type Prey } from "./attackers.ts";
import { p99 } from "./honest.ts";
import { startHorde } from "./horde.ts";
import { heldBy } from "./memory.ts";

/**
 * `npm run bench -- attackers`: what so many slow attackers of each kind do to an honest client's latency and to the
 * gateway's memory, and whether all is as before once they are gone. Figures depend on the machine and on who else uses
 * it, so they are printed and not asserted; each is the best of some rounds.
 */
const { values } = parseArgs({
  options: {
    count: { type: "string", default: "200" },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const COUNT = Number(values.count);
const ROUNDS = Number(values.rounds);
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

/** What is attacked, and who is asked how that is for him: customers of two controllers. */
interface Parties {
  readonly prey: Prey;
  readonly honest: Prey;
  readonly gateway: Command;
}

/** Latencies in milliseconds; memory (MiB) and descriptors of the gateway while they stand. */
interface Figures {
  readonly before: number;
  readonly during: number;
  readonly after: number;
  readonly memory: number;
  readonly descriptors: number;
  readonly held: number;
}

async function attack({ kind }: Attacker, { prey, honest, gateway: { pid } }: Parties): Promise<Figures> {
  const before = await p99(honest);
  return { before, ...(await underAttack()), after: await p99(honest) };

  async function underAttack(): Promise<Omit<Figures, "before" | "after">> {
    await using horde = await startHorde({ kind, count: COUNT, prey });
    // What they were given at first (a refusal, as much of an answer as buffers hold) is theirs before it is measured.
    await p99(honest);
    return { during: await p99(honest), ...(await heldBy(pid)), held: await horde.held() };
  }
}

/** Each latency at its best: what others do on the machine makes it worse, never better. */
async function rounds(attacker: Attacker, parties: Parties): Promise<Figures> {
  const all: Figures[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await attack(attacker, parties));
  const of = (name: keyof Figures) => all.map((one) => one[name]);
  return {
    before: Math.min(...of("before")),
    during: Math.min(...of("during")),
    after: Math.min(...of("after")),
    memory: Math.max(...of("memory")),
    descriptors: Math.max(...of("descriptors")),
    held: Math.max(...of("held")),
  };
}

function row(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

const COLUMNS = ["p99 before (ms)", "during", "after", "during / before", "memory (MiB)", "descriptors", "still held"];

async function measure(parties: Parties): Promise<void> {
  const atRest = async (name: string) => {
    const { memory, descriptors } = await heldBy(parties.gateway.pid);
    row([name, "", "", "", "", memory.toFixed(0), String(descriptors), "0"]);
  };
  await p99(parties.honest);
  row([`${COUNT} of each`, ...COLUMNS]);
  row(["---", ...COLUMNS.map(() => "---")]);
  await atRest("nobody");
  for (const one of attackers.filter(({ kind }) => (values.only ?? kind) === kind)) {
    const { before, during, after, memory, descriptors, held } = await rounds(one, parties);
    const latencies = [before, during, after, during / before].map((figure) => figure.toFixed(2));
    row([one.kind, ...latencies, memory.toFixed(0), String(descriptors), String(held)]);
  }
  await atRest("nobody, afterwards");
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
  await measure({ honest, prey, gateway });
} finally {
  await gateway[Symbol.asyncDispose]();
  for (const controller of controllers) controller.close().closeAllConnections();
  await rm(folder, { recursive: true, force: true });
}
