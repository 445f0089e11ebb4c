// TCP peers: TLS 1.3 with a client certificate of one authority, its group where the peer can read one, plain TCP behind.
import { join } from "node:path";
import { freePort } from "../../../test/support/ports.ts";
import { startChild } from "../../measure/child.ts";
import { listening, type PeerOptions, type RunningPeer } from "../peer.ts";
import { writeTemplate } from "../template.ts";

export interface TcpProgram {
  readonly command: string;
  /** Beside this file. */
  readonly template: string;
  readonly args: (file: string) => readonly string[];
}

/** Starts a program that reads its whole configuration from one file, in the foreground. */
export async function startTcpProgram(program: TcpProgram, options: PeerOptions): Promise<RunningPeer> {
  const { processes, cpus, controllerPort, directory, certificate, clientAuthority = "" } = options;
  const port = await freePort();
  const file = await writeTemplate(program.template, directory, {
    port,
    directory,
    threads: processes,
    workers: processes,
    certificate: program.command === "haproxy" ? certificate.pair : certificate.cert,
    key: certificate.key,
    authority: clientAuthority,
    controller: controllerPort,
  });
  const log = join(directory, "log");
  const child = await startChild({ command: program.command, args: program.args(file), cpus, log });
  await listening(port, child);
  return { port, pids: [child.pid], [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}
