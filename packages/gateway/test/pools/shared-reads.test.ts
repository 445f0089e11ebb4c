import { once } from "node:events";
import type { Socket } from "node:net";
import { type Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { type Connection, openConnection } from "../../../../test/support/connection.ts";
import { readInto } from "../../src/pools/onread-slots.ts";
import { SharedReads, writeShared } from "../../src/pools/shared-reads.ts";

const CHUNK = 1024;
/** More than the kernel takes of a reader that stands still. */
const CHUNKS = 16 * 1024;

/** Who dialled reads nothing until it is asked to. */
async function connection(secure: boolean): Promise<Connection> {
  const opened = await openConnection({ certificate: secure ? await makeCertificate() : undefined });
  opened.dialled.pause();
  return opened;
}

/** Whether each chunk holds its own number throughout. */
async function isWhole(reader: Socket): Promise<boolean> {
  let at = 0;
  let whole = true;
  for await (const piece of reader) {
    for (const byte of piece as Buffer) {
      whole &&= byte === Math.floor(at / CHUNK) % 251;
      at += 1;
    }
  }
  return whole && at === CHUNK * CHUNKS;
}

describe.each([
  ["TLS", true],
  ["a plain socket", false],
])("a buffer that is read into again after each write to %s", (_, secure) => {
  test("arrives as it was, however much of it waits", async () => {
    await using both = await connection(secure);
    const shared = Buffer.allocUnsafe(CHUNK);
    for (let index = 0; index < CHUNKS; index += 1) {
      shared.fill(index % 251);
      writeShared(both.accepted, shared);
    }
    both.accepted.end();
    expect(await isWhole(both.dialled)).toBe(true);
  });

  test("arrives as it was where nothing waits", async () => {
    await using both = await connection(secure);
    const shared = Buffer.allocUnsafe(CHUNK);
    const read = isWhole(both.dialled);
    for (let index = 0; index < CHUNKS; index += 1) {
      shared.fill(index % 251);
      writeShared(both.accepted, shared);
      shared.fill(255);
      while (both.accepted.writableLength > 0) await new Promise(setImmediate);
    }
    both.accepted.end();
    expect(await read).toBe(true);
  });
});

/** All that is read of a socket from now on, until its end. */
async function allOf(socket: Duplex, reads: SharedReads): Promise<Buffer> {
  const seen: Buffer[] = [];
  const ended = once(socket, "end");
  reads.start((chunk) => {
    seen.push(Buffer.from(chunk));
    return true;
  });
  socket.resume();
  await ended;
  return Buffer.concat(seen);
}

describe.each([
  ["TLS", true],
  ["a plain socket", false],
])("an accepted connection over %s", (_, secure) => {
  test("is read into the shared buffer, what came before and its end included", async () => {
    await using both = await connection(secure);
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_value, index) => index % 251));
    both.dialled.write(bytes.subarray(0, 100));
    await once(both.accepted, "readable");
    const reads = SharedReads.of(both.accepted);
    both.dialled.end(bytes.subarray(100));
    expect(both.accepted.listenerCount("data")).toBe(0);
    expect((await allOf(both.accepted, reads)).equals(bytes)).toBe(true);
  });

  test("has all of what came before, of a socket that was to flow", async () => {
    await using both = await connection(secure);
    both.accepted.pause();
    let length = 0;
    for (const text of ["one", "two", "three"]) {
      both.dialled.write(text);
      length += text.length;
      while (both.accepted.readableLength < length) await new Promise(setImmediate);
    }
    both.accepted.resume();
    const reads = SharedReads.of(both.accepted);
    both.dialled.end();
    expect((await allOf(both.accepted, reads)).toString()).toBe("onetwothree");
  });

  test("waits where its reader asks for that, and goes on when it is resumed", async () => {
    await using both = await connection(secure);
    const reads = SharedReads.of(both.accepted);
    const seen: number[] = [];
    let first = (_chunk: number) => {};
    const stopped = new Promise<number>((resolve) => {
      first = resolve;
    });
    reads.start((chunk) => {
      seen.push(chunk.length);
      first(chunk.length);
      return false;
    });
    both.accepted.resume();
    both.dialled.write("one");
    expect(await stopped).toBe(3);
    const all = allOf(both.accepted, reads);
    both.dialled.end("two");
    expect((await all).toString()).toBe("two");
    expect(seen).toEqual([3]);
  });
});

test("a stream of another kind is read by events", async () => {
  const stream = new PassThrough();
  expect(readInto(stream, new SharedReads().onread)).toBe(false);
  stream.write("early, ");
  const reads = SharedReads.of(stream);
  stream.end("late");
  expect((await allOf(stream, reads)).toString()).toBe("early, late");
});

test("a socket that is read into a buffer already keeps it", async () => {
  await using both = await connection(false);
  SharedReads.of(both.accepted);
  expect(readInto(both.accepted, new SharedReads().onread)).toBe(false);
});

describe("what was read at once", () => {
  function reader(heard: string[], name: string) {
    const reads = new SharedReads();
    reads.start(() => {
      heard.push(name);
      return true;
    });
    return { reads, read: () => reads.onread.callback(1, reads.onread.buffer as Uint8Array) };
  }

  test("has all been handed on when another socket is read, before that is handed on", () => {
    const heard: string[] = [];
    const [one, other] = [reader(heard, "one"), reader(heard, "other")];
    one.read();
    one.reads.afterwards(() => heard.push("one is over"));
    one.read();
    expect(one.reads.isUnfinished).toBe(true);
    other.read();
    expect(one.reads.isUnfinished).toBe(false);
    expect(heard).toEqual(["one", "one", "one is over", "other"]);
  });

  test("has all been handed on when the turn of the event loop is over", async () => {
    const heard: string[] = [];
    const { reads, read } = reader(heard, "one");
    for (const turn of ["first", "second"]) {
      read();
      reads.afterwards(() => heard.push(`${turn} is over`));
      await Promise.resolve();
      heard.push("a microtask");
      await new Promise(setImmediate);
      expect(reads.isUnfinished).toBe(false);
    }
    expect(heard).toEqual(["one", "a microtask", "first is over", "one", "a microtask", "second is over"]);
  });

  test("is over at once where another waits for the same", () => {
    const heard: string[] = [];
    const [one, other] = [reader(heard, "one"), reader(heard, "other")];
    one.reads.afterwards(() => heard.push("one is over"));
    other.reads.afterwards(() => heard.push("the other is over"));
    expect(heard).toEqual(["one is over"]);
    expect([one.reads.isUnfinished, other.reads.isUnfinished]).toEqual([false, true]);
  });
});
