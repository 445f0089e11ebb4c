import { once } from "node:events";
import fc from "fast-check";
import { expect, onTestFailed, test } from "vitest";
import { makeCertificate } from "../../support/certificates.ts";
import { startTestGateway } from "../../support/gateway.ts";
import { type Bytes, frame, openRawClient, readFrame, startRawController } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

const CONSOLES = 6;

/** Frames' lengths: a console's keys, parts of screens, and what does not end where a buffer, record or block does. */
const lengths = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0, max: 200 }) },
    { weight: 3, arbitrary: fc.integer({ min: 1_000, max: 9_000 }) },
    { weight: 2, arbitrary: fc.integer({ min: 9_000, max: 70_000 }) },
  ),
  { minLength: 40, maxLength: 100, size: "max" },
);

/** How one side talks, and how the other listens. */
interface Way {
  readonly lengths: readonly number[];
  /** Bytes that are written at a time. */
  readonly piece: number;
  /** It lets others have a turn behind each write. */
  readonly rests: boolean;
  /** Its reader stands still after each so many frames. */
  readonly slow: number;
}

const ways: fc.Arbitrary<Way> = fc.record({
  lengths,
  piece: fc.oneof(fc.constant(1 << 30), fc.integer({ min: 500, max: 40_000 })),
  rests: fc.boolean(),
  slow: fc.integer({ min: 5, max: 60 }),
});

const turn = () => new Promise(setImmediate);

/** Bytes that tell their message and their place. */
function payload(index: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = (index * 131 + at * 7 + (at >> 8)) & 0xff;
  return bytes;
}

/** Says all of it, and then no more. Returns how many bytes that was. */
async function talk({ socket }: Bytes, way: Way, masked: boolean): Promise<number> {
  let said = 0;
  for (const [index, length] of way.lengths.entries()) {
    const bytes = frame(2, payload(index, length), { masked });
    said += bytes.length;
    for (let at = 0; at < bytes.length; at += way.piece) {
      if (!socket.write(bytes.subarray(at, at + way.piece))) await once(socket, "drain");
      if (way.rests) await turn();
    }
  }
  socket.end();
  return said;
}

/** Hears all of it, in order and byte for byte, and an end behind it. */
async function listen(bytes: Bytes, way: Way): Promise<void> {
  for (const [index, length] of way.lengths.entries()) {
    const { opcode, payload: heard } = await readFrame(bytes);
    if (opcode !== 2 || !heard.equals(payload(index, length))) throw new Error(`message ${index} is another`);
    if (index % way.slow === 0) await standStill(bytes);
  }
  expect((await bytes.takeAll()).length).toBe(0);
}

async function standStill({ socket }: Bytes): Promise<void> {
  socket.pause();
  for (let count = 0; count < 20; count++) await turn();
  socket.resume();
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

test.each(["http", "https"])(
  "consoles of all kinds at once, %s behind: each hears what was said to it, and all of it is in the account",
  async (scheme) => {
    const certificate = scheme === "https" ? await makeCertificate() : undefined;
    await using controller = await startRawController({ certificate });
    await using gateway = await startTestGateway();
    const { port } = controller;
    const token = await mintToken({ port, scheme });
    const seed = Date.now();
    onTestFailed(() => console.error(`seed ${seed}`));
    const talks = fc.sample(fc.tuple(ways, ways), { numRuns: CONSOLES, seed });
    const up: Promise<number>[] = [];
    const down: Promise<number>[] = [];
    const heard: Promise<void>[] = [];
    for (const [upward, downward] of talks) {
      const [{ bytes: client }, bmc] = await Promise.all([openRawClient({ gateway, token, port }), controller.next()]);
      up.push(talk(client, upward, true));
      down.push(talk(bmc, downward, false));
      heard.push(listen(client, downward), listen(bmc, upward));
    }
    await Promise.all(heard);
    await gateway.gateway.close();
    const { received, sent } = await gateway.waitForLine((line) => line.message === "session ended");
    expect({ received, sent }).toEqual({ received: sum(await Promise.all(up)), sent: sum(await Promise.all(down)) });
  },
);
