import { once } from "node:events";
import { type Duplex, PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { openConnection } from "../../../../test/support/connection.ts";
import { SharedReads } from "../../src/pools/shared-reads.ts";
import { closeFrame, dataFrame, pingFrame, unmask } from "../../src/relay/control-frames.ts";
import { Farewell } from "../../src/relay/farewell.ts";
import { FrameFollower } from "../../src/relay/frames.ts";
import { Lane } from "../../src/relay/lane.ts";
import { outbox } from "../../src/relay/outbox.ts";
import { PongFilter } from "../../src/relay/pong-filter.ts";

/** A lane from a client, over streams in place of sockets. */
function lane({ farewell, sink = new PassThrough() }: { farewell?: Farewell; sink?: Duplex } = {}) {
  const source = new PassThrough();
  const made = new Lane({
    source,
    sink,
    farewell,
    reads: SharedReads.of(source),
    follower: new FrameFollower({ masked: true, maxPayload: 1 << 20 }),
    onFault: () => made.finish(closeFrame("client-garbage", true)),
  });
  source.on("end", () => made.sourceGone());
  made.begin(Buffer.alloc(0));
  const arrived = async () => {
    const pieces: Buffer[] = [];
    for await (const piece of sink) pieces.push(piece as Buffer);
    return Buffer.concat(pieces);
  };
  return { lane: made, source, sink, arrived };
}

const short = dataFrame(Buffer.from("short"));
/** A message of that many bytes, masked with nothing. */
function message(length: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0xfe, length >> 8, length & 0xff, 0, 0, 0, 0]), Buffer.alloc(length, text)]);
}

/** Too long to wait for others. */
const long = message(20_000, "x");
/** Waits for others; nine of them, and the outbox has no room for one more. */
const almostLong = message(7_000, "y");

test("what is short stays before what is long and comes at once behind it", async () => {
  const { source, arrived } = lane();
  source.write(short);
  source.write(long);
  source.end(short);
  expect((await arrived()).equals(Buffer.concat([short, long, short]))).toBe(true);
});

test("a close frame goes behind what was passed on in the same turn", async () => {
  const { lane: made, source, arrived } = lane();
  const close = closeFrame("expired", true);
  source.once("data", () => made.finish(close));
  source.write(short);
  expect(await arrived()).toEqual(Buffer.concat([short, close]));
});

test("a frame of ours goes behind what was passed on in the same turn", async () => {
  const { lane: made, source, arrived } = lane();
  const ping = pingFrame(Buffer.from("12345678"));
  source.once("data", () => {
    expect(made.inject(ping)).toBe(true);
    source.end();
  });
  source.write(short);
  expect(await arrived()).toEqual(Buffer.concat([short, ping]));
});

test("what came before garbage is passed on", async () => {
  const { source, arrived } = lane();
  source.write(Buffer.concat([short, Buffer.from([0xff, 0xff])]));
  const bytes = await arrived();
  expect(bytes.subarray(0, short.length)).toEqual(short);
  expect((bytes[short.length] ?? 0) & 0x0f).toBe(8);
});

test("bytes are counted as they pass", async () => {
  const { lane: made, source, arrived } = lane();
  source.write(short);
  source.end(long);
  await arrived();
  expect(made.bytes).toBe(short.length + long.length);
});

test.each([
  ["what is long", long],
  ["an end", Buffer.alloc(0)],
])("what finds the outbox full in its turn stays before %s", async (_, behind) => {
  const { source, arrived } = lane();
  const many = Array.from({ length: 10 }, () => almostLong);
  // Each is read for itself, all in one turn.
  for (const piece of many) source.write(piece);
  source.end(behind);
  const bytes = await arrived();
  expect(bytes.equals(Buffer.concat([...many, behind]))).toBe(true);
});

test("what is long and comes turns later stays behind what is short and still waits", async () => {
  const { source, arrived } = lane();
  // More than leave in two turns, of many consoles.
  const others = Array.from({ length: 40 }, () => lane());
  source.write(short);
  for (const other of others) other.source.write(short);
  source.write(almostLong);
  await new Promise(setImmediate);
  source.end(long);
  expect((await arrived()).equals(Buffer.concat([short, almostLong, long]))).toBe(true);
  for (const other of others) other.source.end();
  expect(await Promise.all(others.map((other) => other.arrived()))).toEqual(others.map(() => short));
});

test("what had to wait for its sink stays before what leaves the outbox after it", async () => {
  await using connection = await openConnection({ certificate: await makeCertificate() });
  const { dialled: sink, accepted } = connection;
  let waiting = 1;
  Object.defineProperty(sink, "writableLength", { get: () => waiting });
  const { source } = lane({ sink });
  // Together so long that more is expected behind them, then as many of others as leave in one turn, and one more.
  const together = Array.from({ length: 3 }, () => message(4_000, "y"));
  for (const piece of together) source.write(piece);
  for (let count = 0; count < 20; count++) outbox.post({ send() {} }, short);
  source.write(short);
  await new Promise(setImmediate);
  // The sink is free again, and somebody else has the outbox send all, before what waits for the sink goes on.
  waiting = 0;
  outbox.flush();
  const expected = Buffer.concat([...together, short]);
  let arrived = Buffer.alloc(0);
  while (arrived.length < expected.length) arrived = Buffer.concat([arrived, ...(await once(accepted, "data"))]);
  expect(arrived.equals(expected)).toBe(true);
});

/** What happens to a lane, in any order: it is given a message, its sink is busy or not, others post, a turn is over. */
const happening = fc.oneof(
  { arbitrary: fc.integer({ min: 126, max: 8_000 }), weight: 6 },
  fc.integer({ min: 8_000, max: 20_000 }),
  { arbitrary: fc.constantFrom("busy", "free", "others", "flush", "turn" as const), weight: 7 },
);

test("whatever waits where, bytes arrive in their order", async () => {
  const certificate = await makeCertificate();
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
      await using connection = await openConnection({ certificate });
      const { dialled: sink, accepted } = connection;
      let busy = false;
      const inherited = () => Reflect.get(Object.getPrototypeOf(sink), "writableLength", sink) as number;
      Object.defineProperty(sink, "writableLength", { get: () => (busy ? 1 : inherited()) });
      const { source } = lane({ sink });
      const sent: Buffer[] = [];
      const acts = {
        busy: () => {
          busy = true;
        },
        free: () => {
          busy = false;
        },
        others: () => {
          for (let count = 0; count < 20; count++) outbox.post({ send() {} }, short);
        },
        flush: () => outbox.flush(),
        turn: () => new Promise(setImmediate),
      };
      for (const one of happenings) {
        if (typeof one === "number") {
          const piece = message(one, String(sent.length % 10));
          sent.push(piece);
          source.write(piece);
        } else await acts[one]();
      }
      busy = false;
      source.end();
      const pieces: Buffer[] = [];
      for await (const piece of accepted) pieces.push(piece as Buffer);
      expect(Buffer.concat(pieces).equals(Buffer.concat(sent))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a source whose sink has gone is read to its end, whatever still waited for that sink", async () => {
  await using connection = await openConnection({ certificate: await makeCertificate() });
  const { lane: made, source, sink } = lane({ sink: connection.dialled });
  source.write(short);
  sink.destroy();
  made.sinkGone();
  await new Promise(setImmediate);
  source.end(short);
  await once(source, "end");
  expect(made.finished).toBe(true);
});

describe("while a ping of ours is unanswered, a console's last word", () => {
  const word = Buffer.from("bye");
  const close = closeFrame("expired", true);

  async function heard(said: Buffer): Promise<Buffer> {
    const { lane: made, source, arrived } = lane({ farewell: new Farewell(word) });
    made.filter = new PongFilter(made.follower, Buffer.from("12345678"));
    source.end(said);
    return arrived();
  }

  test("goes before its close frame", async () => {
    const bytes = await heard(Buffer.concat([short, close]));
    const added = bytes.subarray(short.length, bytes.length - close.length);
    expect(unmask(added.subarray(6), added.subarray(2, 6))).toEqual(word);
    expect(bytes).toEqual(Buffer.concat([short, added, close]));
  });

  test("is not said for who says it", async () => {
    const said = Buffer.concat([dataFrame(word), close]);
    expect(await heard(said)).toEqual(said);
  });

  test("said once is not written again, not even as nothing: what follows would wait in a buffer that others share", async () => {
    const { lane: made, source, sink, arrived } = lane({ farewell: new Farewell(word) });
    const written = vi.spyOn(sink, "write");
    made.filter = new PongFilter(made.follower, Buffer.from("12345678"));
    source.end(Buffer.concat([dataFrame(word), close]));
    await arrived();
    expect(written.mock.calls.map(([bytes]) => (bytes as Buffer).length)).not.toContain(0);
  });
});
