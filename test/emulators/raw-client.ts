// Tests of the controller emulators, and the clients that these tests use. What is emulated lies in the folders.
import { once } from "node:events";
import { connect, type TLSSocket } from "node:tls";

/** Where to send raw bytes. */
export interface RawTarget {
  readonly address: string;
  readonly port: number;
  readonly ca: string;
}

/** Opens a TLS connection over which a test writes the bytes it wants, unlike any HTTP client. */
export async function openRaw(target: RawTarget): Promise<TLSSocket> {
  const socket = connect({ host: target.address, port: target.port, ca: target.ca });
  await once(socket, "secureConnect");
  return socket;
}

/** Sends bytes and resolves with all that comes back until the other side closes. */
export async function exchangeRaw(target: RawTarget, bytes: string): Promise<string> {
  const socket = await openRaw(target);
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** The bytes of a WebSocket handshake with exactly these header lines after the usual ones. */
export function handshakeBytes(path: string, lines: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
