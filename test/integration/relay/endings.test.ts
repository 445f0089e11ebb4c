import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import {
  type Bytes,
  closeOf,
  frame,
  openRawClient,
  type RawController,
  readFrame,
  startRawController,
} from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

let gateway: TestGateway;
let controller: RawController;
beforeAll(async () => {
  gateway = await startTestGateway();
  controller = await startRawController();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await controller[Symbol.asyncDispose]();
});

/** A bridged WebSocket whose token is good for so many seconds. */
async function bridged(expiresIn = 600): Promise<{ client: Bytes; bmc: Bytes }> {
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http" }, { expiresIn });
  const [{ status, bytes: client }, bmc] = await Promise.all([
    openRawClient({ gateway, token, port }),
    controller.next(),
  ]);
  expect(status).toBe(101);
  return { client, bmc };
}

const part = Buffer.from("part");
const EXPIRED = { opcode: 8, code: 4001, reason: "sallyport:expired" };

describe("when the token expires", () => {
  test("both sides read a close frame, the controller's masked, and nothing after it", async () => {
    const { client, bmc } = await bridged(2);
    const [toClient, toController] = await Promise.all([readFrame(client), readFrame(bmc)]);
    expect(closeOf(toClient)).toEqual(EXPIRED);
    expect(closeOf(toController)).toEqual(EXPIRED);
    expect([toClient.masked, toController.masked]).toEqual([false, true]);
    expect([(await client.takeAll()).length, (await bmc.takeAll()).length]).toEqual([0, 0]);
  });

  test("it comes between the fragments of an unfinished message", async () => {
    const { client, bmc } = await bridged(2);
    bmc.socket.write(frame(2, part, { fin: false }));
    expect(await readFrame(client)).toMatchObject({ opcode: 2, fin: false });
    expect(closeOf(await readFrame(client))).toEqual(EXPIRED);
  });

  test("it waits for the frame under way, if that ends soon", async () => {
    const { client, bmc } = await bridged(2);
    const large = frame(2, Buffer.alloc(100_000, 7));
    bmc.socket.write(large.subarray(0, 50_000));
    await gateway.waitForLine(
      (line) => line.message === "session ended" && line.reason === "expired" && line.sent === 50_000,
    );
    bmc.socket.write(large.subarray(50_000));
    expect((await readFrame(client)).payload.equals(Buffer.alloc(100_000, 7))).toBe(true);
    expect(closeOf(await readFrame(client))).toEqual(EXPIRED);
  });

  test("a frame that a stuck controller never ends is cut within a second, and counted", async () => {
    const { client, bmc } = await bridged(2);
    bmc.socket.write(frame(2, Buffer.alloc(100_000, 7)).subarray(0, 30_000));
    const ended = await gateway.waitForLine((line) => line.message === "websocket ended" && line.stuck === true);
    expect(ended.reason).toBe("expired");
    expect((await client.takeAll()).length).toBe(30_000);
    const counted = JSON.stringify(await gateway.metrics.snapshot());
    expect(counted).toMatch(/"name":"sallyport_stuck_frames_total"[^}]*"values":\[\{"value":1/);
  });

  test("behind a close frame of the peer's own comes no second one", async () => {
    const { client, bmc } = await bridged(2);
    bmc.socket.write(frame(8, Buffer.from([0x03, 0xe8])));
    expect(closeOf(await readFrame(client))).toMatchObject({ code: 1000 });
    expect((await client.takeAll()).length).toBe(0);
  });
});

describe("half-close", () => {
  test("a client that has said all still receives the rest", async () => {
    const { client, bmc } = await bridged();
    client.socket.end(frame(1, part, { masked: true }));
    expect((await readFrame(bmc)).payload).toEqual(part);
    expect((await bmc.takeAll()).length).toBe(0);
    bmc.socket.end(frame(1, Buffer.from("the rest")));
    expect(String((await readFrame(client)).payload)).toBe("the rest");
    expect((await client.takeAll()).length).toBe(0);
  });

  test("a controller that has said all still receives the rest", async () => {
    const { client, bmc } = await bridged();
    bmc.socket.end(frame(1, part));
    expect((await readFrame(client)).payload).toEqual(part);
    expect((await client.takeAll()).length).toBe(0);
    client.socket.end(frame(1, Buffer.from("the rest"), { masked: true }));
    expect(String((await readFrame(bmc)).payload)).toBe("the rest");
    expect((await bmc.takeAll()).length).toBe(0);
  });

  test("a client that is gone takes the controller's socket with it", async () => {
    const { client, bmc } = await bridged();
    client.socket.destroy();
    if (!bmc.socket.readableEnded) await Promise.race([once(bmc.socket, "end"), once(bmc.socket, "close")]);
  });

  test("a controller that resets takes the client's socket with it", async () => {
    const { client, bmc } = await bridged();
    bmc.socket.resetAndDestroy();
    expect((await client.takeAll()).length).toBe(0);
  });
});

describe("frames pass as sent", () => {
  test("fragments, pings, pongs, texts, empty ones and close codes, byte for byte", async () => {
    const { client, bmc } = await bridged();
    const stream = (masked: boolean) =>
      Buffer.concat([
        frame(1, part, { fin: false, masked }),
        frame(9, Buffer.from("ping"), { masked }),
        frame(0, Buffer.alloc(0), { fin: false, masked }),
        frame(0, part, { masked }),
        frame(10, Buffer.from("spkaXXXX"), { masked }),
        frame(2, Buffer.alloc(70_000, 1), { masked }),
        frame(8, Buffer.from([0x0f, 0xa1, 0x62, 0x79, 0x65]), { masked }),
      ]);
    const [up, down] = [stream(true), stream(false)];
    client.socket.write(up);
    bmc.socket.write(down);
    expect((await bmc.take(up.length)).equals(up)).toBe(true);
    expect((await client.take(down.length)).equals(down)).toBe(true);
  });
});
