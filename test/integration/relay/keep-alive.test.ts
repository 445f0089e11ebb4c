import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startTestGateway } from "../../support/gateway.ts";
import { frame, openRawClient, readFrame, startRawController } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

/** A second is this long here, in milliseconds: what takes two minutes outside takes seconds. */
const TICK = 20;

/** An edge that cuts a connection on which nothing moved for 100 of our seconds, as Cloudflare's does. */
async function startImpatientEdge(
  gatewayPort: number,
): Promise<AsyncDisposable & { readonly port: number; cuts: number }> {
  const sockets = new Set<Socket>();
  const edge = { cuts: 0 };
  const server = createServer((client) => {
    const upstream = connect(gatewayPort, "127.0.0.1");
    let timer = setTimeout(() => {}, 0);
    const moved = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        edge.cuts += 1;
        client.destroy();
        upstream.destroy();
      }, 100 * TICK);
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("data", moved).on("error", () => from.destroy());
      from.on("close", () => clearTimeout(timer));
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(edge, {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

test("a console that shows nothing for 130 s survives an edge that cuts idle sockets at 100 s", async () => {
  await using gateway = await startTestGateway({ tick: TICK });
  await using controller = await startRawController();
  await using edge = await startImpatientEdge(gateway.port);
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http" });
  const [{ bytes: client }, bmc] = await Promise.all([
    openRawClient({ gateway, token, port, via: edge.port }),
    controller.next(),
  ]);

  // As a browser does: every ping is answered. 130 seconds hold five of them.
  const started = performance.now();
  let pings = 0;
  while (performance.now() - started < 130 * TICK) {
    const ping = await readFrame(client);
    expect(ping.opcode).toBe(9);
    pings += 1;
    client.socket.write(frame(10, ping.payload, { masked: true }));
  }
  expect(pings).toBeGreaterThanOrEqual(4);
  expect(edge.cuts).toBe(0);

  bmc.socket.write(frame(2, Buffer.from("picture")));
  expect(String((await readFrame(client)).payload)).toBe("picture");
  client.socket.write(frame(2, Buffer.from("key"), { masked: true }));
  // The first thing that the controller sees: no pong of ours reached it.
  expect(String((await readFrame(bmc)).payload)).toBe("key");
});

test("without our pings that edge would have cut: the test can fail", async () => {
  await using gateway = await startTestGateway({ tick: 60_000 });
  await using controller = await startRawController();
  await using edge = await startImpatientEdge(gateway.port);
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http" });
  const [{ bytes: client }] = await Promise.all([
    openRawClient({ gateway, token, port, via: edge.port }),
    controller.next(),
  ]);
  expect((await client.takeAll()).length).toBe(0);
  expect(edge.cuts).toBe(1);
});

test("a WebSocket on which neither side says anything is ended as idle", async () => {
  await using gateway = await startTestGateway({ tick: TICK, limits: { idleMs: 40_000 } });
  await using controller = await startRawController();
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http" });
  const [{ bytes: client }] = await Promise.all([openRawClient({ gateway, token, port }), controller.next()]);
  expect((await readFrame(client)).opcode).toBe(9);
  const close = await readFrame(client);
  expect([close.opcode, close.payload.readUInt16BE(), String(close.payload.subarray(2))]).toEqual([
    8,
    4008,
    "sallyport:idle",
  ]);
});
