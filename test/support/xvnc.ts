import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { endingWithUs } from "./children.ts";
import { findProgram } from "./packages.ts";
import { freePort } from "./ports.ts";

/** A real X server whose screen is served as VNC. */
export interface Xvnc extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** X display name such as `:3`. */
  readonly display: string;
}

export interface XvncOptions {
  /** Default: 1024x768. */
  readonly geometry?: string;
  /** More programs on the screen, each a command line. */
  readonly programs?: readonly (readonly string[])[];
}

/** The Debian packages that this needs. */
export const XVNC_PACKAGES = ["tigervnc-standalone-server", "xterm"] as const;

const ATTEMPTS = 5;
const HOST = "127.0.0.1";

/**
 * What the terminal runs: a log-in prompt as a server's screen shows it. Never a shell: everyone who may connect to the
 * port could use it.
 */
const LOGIN_PROMPT = `
trap '' INT QUIT TSTP
printf '\\nDebian GNU/Linux 12 k7f3 tty1\\n\\n'
: > "$READY_FILE"
while :; do
  printf 'k7f3 login: '
  read -r name || continue
  [ -z "$name" ] || printf '\\nLogin incorrect\\n\\n'
done`;

/** Whether Xvnc and xterm are installed. */
export async function hasXvnc(): Promise<boolean> {
  const found = await Promise.all(["Xvnc", "xterm"].map(findProgram));
  return found.every((path) => path !== undefined);
}

/**
 * Starts Xvnc on a free display and port of 127.0.0.1, with a terminal that fills its screen.
 *
 * @throws Error with what Xvnc said, when it does not start
 */
export async function startXvnc(options: XvncOptions = {}): Promise<Xvnc> {
  await using undo = new AsyncDisposableStack();
  const server = await startServer(options.geometry ?? "1024x768");
  undo.defer(() => end(server.process));
  const env = { ...process.env, DISPLAY: server.display };
  undo.adopt(await startTerminal(env), end);
  for (const [program = "", ...words] of options.programs ?? []) {
    undo.adopt(spawn(...endingWithUs(program, words), { env, stdio: "ignore" }), end);
  }
  const parts = undo.move();
  return { host: HOST, port: server.port, display: server.display, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

interface Server {
  readonly process: ChildProcess;
  readonly port: number;
  readonly display: string;
}

/** The port is only known to be free, not kept so: another process may take it first, and then another is tried. */
async function startServer(geometry: string): Promise<Server> {
  const failures: Error[] = [];
  while (failures.length < ATTEMPTS) {
    try {
      return await tryServer(await freePort(), geometry);
    } catch (error) {
      failures.push(error instanceof Error ? error : new Error(String(error)));
    }
  }
  throw new AggregateError(failures, `Xvnc did not start in ${ATTEMPTS} attempts: ${failures.at(-1)?.message}`);
}

async function tryServer(port: number, geometry: string): Promise<Server> {
  const words = [
    "-displayfd",
    "3",
    "-SecurityTypes",
    "None",
    "-rfbport",
    String(port),
    "-localhost",
    "-interface",
    HOST,
  ];
  const screen = ["-geometry", geometry, "-depth", "24", "-br", "-nolisten", "tcp", "-AlwaysShared"];
  const child = spawn(...endingWithUs("Xvnc", [...words, ...screen]), { stdio: ["ignore", "ignore", "pipe", "pipe"] });
  const said = collect(outputOf(child, 2));
  const displayNumber = outputOf(child, 3);
  // Xvnc picks a free display and writes its number when it is ready for clients.
  const display = collect(displayNumber);
  const exit = once(child, "exit");
  while (!display.text.includes("\n")) {
    await Promise.race([once(displayNumber, "data"), exit]);
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Xvnc ended: ${said.text.trim()}`);
  }
  return { process: child, port, display: `:${display.text.trim()}` };
}

/** Resolves when the terminal shows its first line. */
async function startTerminal(env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-xterm-"));
  try {
    const watching = new AbortController();
    const changes = watch(folder, { signal: watching.signal })[Symbol.asyncIterator]();
    const ready = changes.next();
    const look = [
      "-fa",
      "Monospace",
      "-fs",
      "13",
      "-geometry",
      "92x33+0+0",
      "-bg",
      "black",
      "-fg",
      "gray85",
      "-b",
      "4",
    ];
    const child = spawn(...endingWithUs("xterm", [...look, "-e", "sh", "-c", LOGIN_PROMPT]), {
      env: { ...env, READY_FILE: join(folder, "ready") },
      stdio: "ignore",
    });
    await Promise.race([ready, once(child, "exit")]);
    watching.abort();
    if (child.exitCode !== null) throw new Error(`xterm ended with code ${child.exitCode}`);
    return child;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

function outputOf(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (!(stream instanceof Readable)) throw new TypeError(`file descriptor ${descriptor} is not read here`);
  return stream;
}

/** What a stream has brought so far, and keeps reading so that its writer is never held up. */
function collect(stream: Readable): { text: string } {
  const collected = { text: "" };
  stream.on("data", (chunk: Buffer) => {
    collected.text += chunk.toString();
  });
  return collected;
}
