import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { deny } from "@sallyport/shared";
import { expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import type { TcpParts } from "../../src/entrypoints/tcp/parts.ts";
import { createTcpEntrypoint } from "../../src/entrypoints/tcp/server.ts";
import { Handshakes } from "../../src/limits/handshakes.ts";
import { noLog } from "../../src/telemetry/log.ts";

/** What a connection whose handshake never ends comes to know of. */
const parts: Pick<
  TcpParts,
  "name" | "listen" | "limits" | "alpn" | "minVersion" | "acceptProxyHeaderFrom" | "admit" | "handshakes" | "log"
> = {
  name: "test",
  listen: { host: "127.0.0.1", port: 0 },
  limits: { connections: 10, handshakes: 10, idleMs: 0, lifetimeMs: 0, dialMs: 1_000, handshakeMs: 60_000, retryMs: 0 },
  alpn: [],
  minVersion: "TLSv1.3",
  acceptProxyHeaderFrom: [],
  admit: () => deny("handshake-failed"),
  handshakes: new Handshakes(10),
  log: noLog,
};

/** A listening server on one loopback address, and what it accepted. */
async function startServer(host: string) {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    next: async () => (await once(server, "connection")) as [Socket],
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

test("one client that comes from one port to two addresses of ours is two connections: close ends both", async () => {
  const { cert, key, ca } = await makeCertificate();
  const entrypoint = createTcpEntrypoint(parts as TcpParts, { ca, cert, key });
  await using one = await startServer("127.0.0.1");
  await using other = await startServer("127.0.0.2");
  const first = connect({ host: "127.0.0.1", port: one.port, localAddress: "127.0.0.1" });
  const [[atOne]] = await Promise.all([one.next(), once(first, "connect")]);
  const { localPort = 0 } = first;
  const second = connect({ host: "127.0.0.2", port: other.port, localAddress: "127.0.0.1", localPort });
  const [[atOther]] = await Promise.all([other.next(), once(second, "connect")]);
  expect([atOne.remotePort, atOther.remotePort]).toEqual([localPort, localPort]);
  const ends = [first, second].map((socket) => once(socket.resume(), "close"));
  for (const accepted of [atOne, atOther]) entrypoint.server.emit("connection", accepted);
  await entrypoint.close();
  await Promise.all(ends);
});
