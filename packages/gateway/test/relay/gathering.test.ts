import fc from "fast-check";
import { expect, test } from "vitest";
import { Gathering } from "../../src/relay/gathering.ts";

const BLOCK = 64 * 1024;

/** A sink that looks at a block only once it says that it is written, as one does that others are before in a queue. */
function lateSink() {
  const queue: { block: Buffer; written: (error?: Error | null) => void }[] = [];
  const seen: Buffer[] = [];
  let room = 0;
  const gathering = new Gathering({
    write: (block, written) => {
      queue.push({ block, written });
      return false;
    },
    onRoom: () => {
      room += 1;
    },
  });
  const writeOne = () => {
    const next = queue.shift();
    if (!next) return false;
    seen.push(Buffer.from(next.block));
    next.written();
    return true;
  };
  return { gathering, queue, seen, writeOne, room: () => room, text: () => Buffer.concat(seen) };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("a piece that is no full record leaves at once, alone", () => {
  const { gathering, queue } = lateSink();
  expect(gathering.take(Buffer.from("key"))).toBe(true);
  expect(queue).toHaveLength(0);
  gathering.flush();
  expect(queue.map(({ block }) => block.toString())).toEqual(["key"]);
});

test("full records that come at once leave together, in the same turn of the loop", async () => {
  const { gathering, queue } = lateSink();
  for (let piece = 0; piece < 3; piece += 1) {
    gathering.take(Buffer.alloc(16_384, piece));
    gathering.flush();
  }
  expect(queue).toHaveLength(0);
  await nextTurn();
  expect(queue.map(({ block }) => block.length)).toEqual([3 * 16_384]);
});

test("the last, short one takes those before it along", () => {
  const { gathering, queue } = lateSink();
  for (const length of [16_384, 100]) {
    gathering.take(Buffer.alloc(length));
    gathering.flush();
  }
  expect(queue.map(({ block }) => block.length)).toEqual([16_484]);
});

test("what comes while the sink is busy waits for it, and leaves together", () => {
  const { gathering, queue, writeOne } = lateSink();
  for (const text of ["a", "b", "c"]) {
    gathering.take(Buffer.from(text));
    gathering.flush();
  }
  expect(queue.map(({ block }) => block.toString())).toEqual(["a"]);
  writeOne();
  expect(queue.map(({ block }) => block.toString())).toEqual(["bc"]);
});

test("two blocks that wait are enough, and room is told of once", () => {
  const { gathering, room, writeOne } = lateSink();
  expect(gathering.take(Buffer.alloc(BLOCK))).toBe(true);
  expect(gathering.take(Buffer.alloc(BLOCK))).toBe(false);
  expect(gathering.take(Buffer.alloc(10))).toBe(false);
  expect(room()).toBe(0);
  while (writeOne());
  expect(room()).toBe(1);
});

test("a block that could not be written is not used again: it may still be read from", () => {
  const { gathering, queue } = lateSink();
  gathering.take(Buffer.from("lost"));
  gathering.flushAll();
  const [lost] = queue.splice(0);
  lost?.written(new Error("gone"));
  gathering.take(Buffer.from("next"));
  gathering.flushAll();
  expect(lost?.block.toString()).toBe("lost");
});

test("a block that was taken within the call is used again before it is written", () => {
  const blocks: Buffer[] = [];
  const gathering = new Gathering({
    write: (block) => {
      blocks.push(block);
      return true;
    },
    onRoom: () => {},
  });
  for (const text of ["one", "two"]) {
    gathering.take(Buffer.from(text));
    gathering.flushAll();
  }
  expect(blocks.map(({ buffer }) => buffer)).toEqual([blocks[0]?.buffer, blocks[0]?.buffer]);
});

test("whatever comes in whatever steps is written byte for byte, in order", async () => {
  const step = fc.oneof(
    fc.nat({ max: 200 }).map((length) => ({ length })),
    fc.nat({ max: 3 * BLOCK }).map((length) => ({ length })),
    fc.constantFrom("flush", "flushAll", "write", "turn"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { gathering, writeOne, text } = lateSink();
      const given: Buffer[] = [];
      // One place for all pieces: who keeps a piece instead of its bytes is found out.
      const place = Buffer.alloc(3 * BLOCK);
      for (const one of steps) {
        if (one === "flush") gathering.flush();
        else if (one === "flushAll") gathering.flushAll();
        else if (one === "write") writeOne();
        else if (one === "turn") await nextTurn();
        else {
          const piece = place.fill(given.length + 1, 0, one.length).subarray(0, one.length);
          given.push(Buffer.from(piece));
          gathering.take(piece);
        }
      }
      gathering.flushAll();
      while (writeOne());
      expect(text().equals(Buffer.concat(given))).toBe(true);
    }),
    { numRuns: 200 },
  );
});
