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

interface Opening {
  readonly expiresIn?: number;
  readonly path?: string;
}

/** An iDRAC9 console's socket, bridged. */
async function bridged({ expiresIn = 600, path = "/vnc/vconsole?vck=1" }: Opening = {}): Promise<{
  client: Bytes;
  bmc: Bytes;
}> {
  const { port } = controller;
  const token = await mintToken({ port, scheme: "http", platform: "idrac9" }, { expiresIn });
  const [{ status, bytes: client }, bmc] = await Promise.all([
    openRawClient({ gateway, token, port, path }),
    controller.next(),
  ]);
  expect(status).toBe(101);
  return { client, bmc };
}

const WINDOW_CLOSE = Buffer.from([0xf7, 0x00, 0xf9]);
const FAREWELL = { opcode: 2, fin: true, masked: true, payload: WINDOW_CLOSE };
const GOODBYE = Buffer.from([0x03, 0xe9]);
const CLOSE = { opcode: 8, payload: GOODBYE };
const typed = frame(2, Buffer.from("key"), { masked: true });
const close = frame(8, GOODBYE, { masked: true });

describe("an iDRAC9 console hears f7 00 f9", () => {
  test("before our close frame, when the session expires", async () => {
    const { bmc } = await bridged({ expiresIn: 2 });
    expect(await readFrame(bmc)).toEqual(FAREWELL);
    expect(closeOf(await readFrame(bmc)).code).toBe(4001);
    expect(await bmc.takeAll()).toHaveLength(0);
  });

  test("before the browser's own close frame, as when a tab is closed", async () => {
    const { client, bmc } = await bridged();
    client.socket.write(Buffer.concat([typed, close]));
    expect(await readFrame(bmc)).toMatchObject({ opcode: 2, payload: Buffer.from("key") });
    expect(await readFrame(bmc)).toEqual(FAREWELL);
    expect(await readFrame(bmc)).toMatchObject(CLOSE);
  });

  test("when the browser goes without a word", async () => {
    const { client, bmc } = await bridged();
    client.socket.write(typed);
    expect(await readFrame(bmc)).toMatchObject({ opcode: 2 });
    client.socket.destroy();
    expect(await readFrame(bmc)).toEqual(FAREWELL);
    expect(await bmc.takeAll()).toHaveLength(0);
  });

  test("once, where the page said it itself", async () => {
    const { client, bmc } = await bridged();
    client.socket.write(Buffer.concat([frame(2, WINDOW_CLOSE, { masked: true }), close]));
    expect(await readFrame(bmc)).toEqual(FAREWELL);
    expect(await readFrame(bmc)).toMatchObject(CLOSE);
  });

  test("wherever the network splits what the browser sends", async () => {
    const sent = Buffer.concat([typed, frame(9, Buffer.from("?"), { masked: true }), typed, close]);
    for (let at = 1; at < sent.length; at += 1) {
      const { client, bmc } = await bridged();
      client.socket.write(sent.subarray(0, at));
      client.socket.end(sent.subarray(at));
      const opcodes: number[] = [];
      for (let read = await readFrame(bmc); ; read = await readFrame(bmc)) {
        opcodes.push(read.opcode);
        if (read.opcode === 8) break;
      }
      expect(opcodes, `split at ${at}`).toEqual([2, 9, 2, 2, 8]);
    }
  });
});

describe("nothing is said", () => {
  test("between the fragments of a message", async () => {
    const { client, bmc } = await bridged({ expiresIn: 2 });
    client.socket.write(frame(2, Buffer.from("part"), { fin: false, masked: true }));
    expect(await readFrame(bmc)).toMatchObject({ opcode: 2, fin: false });
    expect(closeOf(await readFrame(bmc)).code).toBe(4001);
  });

  test("on another socket", async () => {
    const { client, bmc } = await bridged({ path: "/vnc/vmedia?vmk=1" });
    client.socket.write(close);
    expect(await readFrame(bmc)).toMatchObject(CLOSE);
  });

  test("to the browser", async () => {
    const { client } = await bridged({ expiresIn: 2 });
    expect(closeOf(await readFrame(client)).code).toBe(4001);
    expect(await client.takeAll()).toHaveLength(0);
  });
});
