import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import {
  type Bytes,
  closeOf,
  openRawClient,
  type RawController,
  readFrame,
  startRawController,
} from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";
import { faulty, passing } from "./cases.ts";

let gateway: TestGateway;
let controller: RawController;
let token: string;
beforeAll(async () => {
  gateway = await startTestGateway({ limits: { frameBytes: 64 * 1024 * 1024 } });
  controller = await startRawController();
  token = await mintToken({ port: controller.port, scheme: "http" });
});
afterAll(async () => {
  await controller[Symbol.asyncDispose]();
  await gateway[Symbol.asyncDispose]();
});

/** A WebSocket through the gateway, both ends as bare bytes. */
async function open(): Promise<{ client: Bytes; device: Bytes }> {
  const { bytes } = await openRawClient({ gateway, token, port: controller.port });
  return { client: bytes, device: await controller.next() };
}

const ways = [
  ["towards the controller", true],
  ["towards the browser", false],
] as const;

describe.each(ways)("%s", (_, masked) => {
  const ends = async () => {
    const { client, device } = await open();
    return masked ? { from: client, to: device } : { from: device, to: client };
  };

  test.each(passing)("$group, $name: byte for byte", async ({ frames }) => {
    const { from, to } = await ends();
    const sent = Buffer.concat(frames(masked));
    from.socket.write(sent);
    const got = await to.take(sent.length);
    expect(got.equals(sent)).toBe(true);
    from.socket.destroy();
    to.socket.destroy();
  });

  test.each(passing.filter(({ group }) => /^[1257]/.test(group)).filter(({ frames }) => total(frames(true)) < 300))(
    "$group, $name: a byte a time",
    async ({ frames }) => {
      const { from, to } = await ends();
      const sent = Buffer.concat(frames(masked));
      for (const byte of sent) from.socket.write(Buffer.from([byte]));
      expect((await to.take(sent.length)).equals(sent)).toBe(true);
      from.socket.destroy();
      to.socket.destroy();
    },
  );

  test.each(faulty)("$name: what comes before arrives, then both sides are told", async ({ frames, bad }) => {
    const { from, to } = await ends();
    const good = Buffer.concat(frames(masked));
    from.socket.write(Buffer.concat([good, bad(masked), Buffer.alloc(64)]));
    expect((await to.take(good.length)).equals(good)).toBe(true);
    const told = closeOf(await readFrame(to));
    expect([1002, 1009, 1014]).toContain(told.code);
    expect(await to.takeAll()).toHaveLength(0);
    expect(closeOf(await readFrame(from)).code).toBe(told.code);
    from.socket.destroy();
    to.socket.destroy();
  });
});

function total(frames: readonly Buffer[]): number {
  return frames.reduce((sum, { length }) => sum + length, 0);
}
