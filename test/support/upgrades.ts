import { createServer, type IncomingMessage } from "node:http";
import { Duplex } from "node:stream";
import type { Received } from "../../packages/gateway/src/entrypoints/web/received.ts";
import { readUpgradeHead } from "../../packages/gateway/src/entrypoints/web/upgrade-head.ts";

/** What Node's own server makes of bytes that come at once on a new connection: an upgrade, or undefined. */
export function readUpgradeByNode(bytes: Buffer): (Received & { readonly rest: string }) | undefined {
  const server = createServer({ maxHeaderSize: 64 * 1024, requireHostHeader: false });
  server.maxHeadersCount = 0;
  let read: (Received & { readonly rest: string }) | undefined;
  server.on("upgrade", ({ method, url, httpVersion, rawHeaders }: IncomingMessage, _socket: Duplex, head: Buffer) => {
    read = { method, url, httpVersion, rawHeaders, rest: head.toString("latin1") };
  });
  server.on("clientError", () => {});
  const socket = new Duplex({
    read() {},
    write(_chunk, _encoding, done) {
      done();
    },
  });
  server.emit("connection", socket);
  socket.emit("data", bytes);
  socket.destroy();
  return read;
}

/** Why the two readings differ where ours takes a head; what we leave to Node is no difference. */
export function differenceToNode(bytes: Buffer): string | undefined {
  const own = readUpgradeHead(bytes);
  if (own === undefined) return undefined;
  const other = readUpgradeByNode(bytes);
  if (other === undefined) return `Node takes no upgrade from what we read as ${JSON.stringify(own)}`;
  const [ours, theirs] = [JSON.stringify({ ...own, rest: "" }), JSON.stringify(other)];
  return ours === theirs ? undefined : `we read ${ours}, Node ${theirs}`;
}
