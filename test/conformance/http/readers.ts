import { spawn } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endingWithUs } from "../../support/children.ts";
import { call } from "../../support/http-client.ts";
import { freePort, isOpen } from "../../support/ports.ts";

/** A server in the controller's place that says what requests it read of the bytes that came. */
export interface Reader extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** The requests that were read since the last time, each as its method and target. */
  read(): Promise<readonly string[]>;
}

const MARK = "/the-reader-was-asked";

/** Lines that arrived before that of a request which we make ourselves. */
async function linesUpTo(port: number, lines: string[], changed: () => Promise<unknown>): Promise<readonly string[]> {
  const asked = call(`http://127.0.0.1:${port}`, MARK);
  while (!lines.some((line) => line.endsWith(` ${MARK}`))) await changed();
  await asked;
  const at = lines.findIndex((line) => line.endsWith(` ${MARK}`));
  return lines.splice(0, at + 1).slice(0, at);
}

/** The parser of Node and others. */
export async function startLlhttp(): Promise<Reader> {
  const lines: string[] = [];
  const server = createServer((message, response) => {
    lines.push(`${message.method} ${message.url}`);
    message.resume().on("end", () => response.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    name: "llhttp",
    port,
    read: () => linesUpTo(port, lines, () => once(server, "request")),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Requests come in one process, whose log lines keep their order. */
const nginx = (folder: string, port: number, log: number) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  log_format read escape=none '$request_method $request_uri';
  access_log syslog:server=127.0.0.1:${log},nohostname read;
  client_body_temp_path ${folder};
  client_header_buffer_size 64k;
  large_client_header_buffers 8 64k;
  merge_slashes off;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 ""; }
  }
}
`;

const haproxy = (_: string, port: number, log: number) => `
global
  log 127.0.0.1:${log} len 65535 format raw local0
  tune.bufsize 65536
  tune.http.logurilen 65536
  nbthread 1
defaults
  mode http
  option dontlognull
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend all
  bind 127.0.0.1:${port}
  log global
  log-format "%HM %HU"
  http-request wait-for-body time 5s
  http-request return status 200
`;

const PROGRAMS = {
  nginx: { configuration: nginx, words: (file: string, folder: string) => ["-c", file, "-p", folder] },
  haproxy: { configuration: haproxy, words: (file: string) => ["-db", "-f", file] },
} as const;

/** A real proxy, reading what comes behind us as it would what comes in front of it. */
export async function startProxy(name: keyof typeof PROGRAMS): Promise<Reader> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), `sallyport-${name}-`));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  const { socket, lines } = await listenForLines();
  undo.defer(() => void socket.close());
  const port = await freePort();
  const { configuration, words } = PROGRAMS[name];
  const file = join(folder, "configuration");
  await writeFile(file, configuration(folder, port, socket.address().port));
  const child = spawn(...endingWithUs(name, words(file, folder)), { stdio: "ignore" });
  undo.defer(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  });
  await listening(port, () => child.exitCode ?? undefined);
  const parts = undo.move();
  return {
    name,
    port,
    read: () => linesUpTo(port, lines, () => once(socket, "message")),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A place that syslog's datagrams go to; the newest line last, what syslog puts in front of it taken off. */
async function listenForLines(): Promise<{ socket: UdpSocket; lines: string[] }> {
  const lines: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (datagram) => {
    const text = datagram
      .toString("latin1")
      .replace(/^<[0-9]+>(?:.*? nginx: )?/, "")
      .trimEnd();
    // HAProxy writes some characters as `#22`.
    lines.push(text.replace(/#([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return { socket, lines };
}

/** Until a connection stands; throws where the program has ended before. */
async function listening(port: number, exitCode: () => number | undefined): Promise<void> {
  for (;;) {
    if (exitCode() !== undefined) throw new Error(`the proxy ended with ${exitCode()}`);
    if (await isOpen(port)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
