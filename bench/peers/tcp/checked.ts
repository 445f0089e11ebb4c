import { readFile } from "node:fs/promises";
import { connect, type TLSSocket } from "node:tls";
import type { CertificatePaths, RunningPeer } from "../peer.ts";

export interface TcpClients {
  readonly good: CertificatePaths;
  /** Of another authority. */
  readonly foreign: CertificatePaths;
}

const REQUEST = "GET /bytes/16/0 HTTP/1.1\r\nHost: bench.example\r\n\r\n";

/** Throws where a peer does less than its job: a good certificate gets through, none and a foreign one do not. */
export async function checkTcpJob({ port }: RunningPeer, { good, foreign }: TcpClients): Promise<void> {
  if (!(await getsThrough(port, good))) throw new Error("refuses a good certificate");
  if (await getsThrough(port, undefined)) throw new Error("lets a client without a certificate through");
  if (await getsThrough(port, foreign)) throw new Error("lets a foreign certificate through");
}

async function getsThrough(port: number, paths: CertificatePaths | undefined): Promise<boolean> {
  const shown = paths ? { cert: await readFile(paths.cert), key: await readFile(paths.key) } : {};
  // The server's certificate was made for this run alone.
  const socket = connect({ host: "127.0.0.1", port, ...shown, rejectUnauthorized: false });
  socket.write(REQUEST);
  return await answers(socket);
}

function answers(socket: TLSSocket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (through: boolean) => {
      socket.destroy();
      resolve(through);
    };
    socket.once("data", (bytes: Buffer) => settle(bytes.toString("latin1").startsWith("HTTP/1.1 200 ")));
    // Refused in any way: with an alert, an end, a reset.
    socket.once("error", () => settle(false)).once("close", () => settle(false));
  });
}
