// What the Worker costs in workerd, beside a Worker that checks nothing and only passes on.
import { SignJWT } from "jose";
import { makeCertificate } from "../../test/support/certificates.ts";
import { type Edge, startEdge } from "../../test/support/edge.ts";
import { BENCH_SECRET } from "../load/heads.ts";
import { cpuSeconds } from "../measure/processes.ts";
import { type Caller, type EdgeLoad, loads } from "./loads.ts";
import { startStandIn } from "./stand-in.ts";

/** What a request costs that no code looks at. */
const PASSES_ON = (port: number) => `export default {
  fetch(request) {
    const url = new URL(request.url);
    return fetch(new Request("https://localhost:${port}" + url.pathname + url.search, request));
  },
};
`;

/** The part of a round's work that is done before it is measured. */
const WARM_UP = 0.3;

interface Figure {
  readonly load: EdgeLoad;
  /** µs of CPU a unit, a round each. */
  readonly ours: number[];
  readonly bare: number[];
}

export interface EdgeOptions {
  readonly rounds: number;
}

/** Measures in rounds, the two in turn, and prints medians. */
export async function measureEdge({ rounds }: EdgeOptions): Promise<void> {
  await using undo = new AsyncDisposableStack();
  const certificate = await makeCertificate({ key: "ec-p256" });
  const { port } = undo.use(await startStandIn(certificate));
  const vars = { JWT_SECRET: BENCH_SECRET, PROXY_PORT: String(port) };
  const ours = undo.use(await startEdge({ vars, ca: certificate.cert }));
  const bare = undo.use(await startEdge({ vars: {}, ca: certificate.cert, script: PASSES_ON(port) }));
  const cookie = `__Host-pm-session=${await mintToken()}`;
  const figures: Figure[] = [];
  for (const load of loads) {
    const figure: Figure = { load, ours: [], bare: [] };
    for (let round = 0; round < rounds; round++) {
      figure.ours.push(await measure(ours, load, { port: ours.port, cookie }));
      figure.bare.push(await measure(bare, load, { port: bare.port, cookie }));
      process.stderr.write(".");
    }
    figures.push(figure);
  }
  process.stdout.write(`\n${table(figures)}`);
}

/** µs of workerd's CPU a unit. */
async function measure({ pid }: Edge, load: EdgeLoad, caller: Caller): Promise<number> {
  await load.run(caller, Math.ceil(load.count * WARM_UP));
  const before = await cpuSeconds([pid]);
  await load.run(caller, load.count);
  return (((await cpuSeconds([pid])) - before) / load.count) * 1e6;
}

function mintToken(): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now, exp: now + 3_600, ip: "10.0.0.7", upstream: "localhost" };
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(BENCH_SECRET));
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ load, ours, bare }) => {
    const [us, them] = [median(ours), median(bare)];
    return `${load.name.padEnd(34)}${us.toFixed(0).padStart(10)}${them.toFixed(0).padStart(16)}${(us / them).toFixed(2).padStart(8)}`;
  });
  const head = `${"µs of workerd's CPU".padEnd(34)}${"our Worker".padStart(10)}${"passes on only".padStart(16)}${"ratio".padStart(8)}`;
  return `${[head, ...rows].join("\n")}\n`;
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
