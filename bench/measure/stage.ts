import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Certificate, makeAuthority, makeCertificate } from "../../test/support/certificates.ts";
import type { Case, Job } from "../cases/case.ts";
import { BENCH_SECRET, writeHeads } from "../load/heads.ts";
import { type LoadOptions, type LoadProgram, startLoad } from "../load/program.ts";
import { checkJob } from "../peers/checked.ts";
import type { CertificatePaths, PeerOptions, RunningPeer } from "../peers/peer.ts";
import { checkTcpJob, type TcpClients } from "../peers/tcp/checked.ts";
import { keepAwake } from "./awake.ts";
import { choosePlaces, type Places } from "./machine.ts";

/** Where one case is played: the controller's stand-in, certificates and requests. */
export interface Stage extends AsyncDisposable {
  readonly backend: LoadProgram;
  /** Tells what processes have spent. */
  readonly clock: LoadProgram;
  /** What keeps the CPUs awake, where a tail is measured. */
  readonly awake: readonly number[];
  readonly places: Places;
  /** Starts a peer, and makes sure that it does its job. */
  start<Running extends RunningPeer>(peer: Startable<Running>): Promise<Running>;
  /** A client that is ready to put the case's load on a peer, or another case's. */
  client(port: number, load?: Load): Promise<LoadProgram>;
}

export interface Startable<Running extends RunningPeer> {
  readonly name: string;
  start(options: PeerOptions): Promise<Running>;
}

/** What a client does. */
export type Load = Pick<Case, "mode" | "connections" | "size" | "rate" | "most" | "resume" | "sessions" | "request">;

/** Sets the stage for a case; `program` is the compiled load. */
export async function setStage(
  one: Load & Pick<Case, "processes" | "job" | "measure">,
  program: string,
): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "sallyport-bench-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const places = choosePlaces(one.processes);
  const papers = await writePapers(directory, one.job);
  const { certificate, clientAuthority, clients } = papers;
  const { cert, key } = certificate;
  const paced = one.most === undefined ? {} : { most: one.most };
  const served = { ...(clients ? { plain: true as const } : { cert, key }), ...paced };
  const backend = stack.use(await startLoad({ program, mode: "backend", options: served, cpus: places.load }));
  const clock = stack.use(await startLoad({ program, mode: "clock", options: {}, cpus: places.load }));
  const kept = one.measure === "latency" ? [...places.peer, ...places.load] : [];
  const { pids: awake } = stack.use(await keepAwake(program, kept));
  const { port: controllerPort } = await backend.next("listening");
  const requests = requestFiles(directory, controllerPort);
  const owned = stack.move();
  return {
    backend,
    clock,
    awake,
    places,
    start: async (peer) =>
      startChecked(peer, clients, {
        processes: one.processes,
        cpus: places.peer,
        controllerPort,
        directory: await mkdtemp(join(directory, `${peer.name}-`)),
        certificate,
        ...(clientAuthority === undefined ? {} : { clientAuthority }),
        secret: BENCH_SECRET,
      }),
    client: async (port, load = one) => {
      const heads = await requests(load, clients !== undefined || port === controllerPort);
      const shown = clients ? { cert: clients.good.cert, key: clients.good.key } : {};
      const options = { port, heads, connections: load.connections, ...loadOptions(load), ...shown };
      return await startClient({ program, mode: load.mode, cpus: places.load, options });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startClient(options: LoadOptions): Promise<LoadProgram> {
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await startLoad(options));
  await client.next("ready");
  stack.move();
  return client;
}

/** Requests as the edge makes them, or as nobody in between would; each kind is written once. */
function requestFiles(directory: string, controllerPort: number): (load: Load, direct: boolean) => Promise<string> {
  const written = new Map<string, Promise<string>>();
  return (load, direct) => {
    const { request, sessions: count, size = 0 } = load;
    const key = `${request.path(0)} ${count} ${direct}`;
    const write = async () => {
      const file = join(directory, `heads-${written.size}`);
      await writeHeads(file, { ...request, count, size, port: controllerPort, direct });
      return file;
    };
    const made = written.get(key) ?? write();
    written.set(key, made);
    return made;
  };
}

async function startChecked<Running extends RunningPeer>(
  peer: Startable<Running>,
  clients: TcpClients | undefined,
  options: PeerOptions,
): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const started = stack.use(await peer.start(options));
  if (clients) await checkTcpJob(started, clients);
  else if (started.pids.length > 0) await checkJob(started, options);
  stack.move();
  return started;
}

function loadOptions({ size, rate, most, resume }: Load): Record<string, number | true> {
  return {
    ...(size === undefined ? {} : { size }),
    ...(rate === undefined ? {} : { rate }),
    ...(most === undefined ? {} : { most }),
    ...(resume ? { resume } : {}),
  };
}

/** What a peer and its clients show one another. */
interface Papers {
  readonly certificate: CertificatePaths;
  readonly clientAuthority?: string;
  /** Job `tcp` alone. */
  readonly clients?: TcpClients;
}

async function writePapers(directory: string, job: Job): Promise<Papers> {
  const certificate = await writeCertificate(directory, "server", await makeCertificate({ key: "ec-p256" }));
  if (job === "web") return { certificate };
  const authority = await makeAuthority();
  const client = { subject: "CN=load@bench", usage: "client" } as const;
  const clientAuthority = join(directory, "authority.pem");
  await writeFile(clientAuthority, authority.cert);
  const good = await writeCertificate(directory, "client", await authority.issue(client));
  const foreign = await writeCertificate(directory, "foreign", await (await makeAuthority()).issue(client));
  return { certificate, clientAuthority, clients: { good, foreign } };
}

async function writeCertificate(
  directory: string,
  name: string,
  { cert, key }: Certificate,
): Promise<CertificatePaths> {
  const folder = join(directory, name);
  await mkdir(folder);
  const paths = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), pair: join(folder, "pair.pem") };
  await writeFile(paths.cert, cert);
  await writeFile(paths.key, key, { mode: 0o600 });
  await writeFile(paths.pair, `${cert}\n${key}`, { mode: 0o600 });
  return paths;
}
