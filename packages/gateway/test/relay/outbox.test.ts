import fc from "fast-check";
import { expect, test } from "vitest";
import { Outbox, type Sender } from "../../src/relay/outbox.ts";

const BLOCK = 64 * 1024;

/** Senders that write down what was sent for them, in the order of all. */
function senders(count: number) {
  const sent: (readonly [number, string])[] = [];
  const all = Array.from({ length: count }, (_, index): Sender => {
    return { send: (bytes) => void sent.push([index, bytes.toString("latin1")]) };
  });
  return { sent, all, one: all[0] as Sender };
}

test("what was posted leaves when the turn of the event loop is over, in order, and not before", async () => {
  const outbox = new Outbox();
  const { sent, all } = senders(2);
  const piece = Buffer.from("a");
  for (const text of ["a", "b", "c", "d"]) {
    piece.write(text);
    outbox.post(all[text < "c" ? 0 : 1] as Sender, piece);
  }
  await Promise.resolve();
  expect(sent).toEqual([]);
  await new Promise(setImmediate);
  expect(sent).toEqual([
    [0, "ab"],
    [1, "cd"],
  ]);
  outbox.post(all[0] as Sender, Buffer.from("e"));
  await new Promise(setImmediate);
  expect(sent.at(-1)).toEqual([0, "e"]);
});

test("of many senders some are served each turn, in their order, and others are let in between", async () => {
  const outbox = new Outbox();
  const { sent, all } = senders(40);
  const order = () => sent.map(([index]) => index);
  for (const sender of all.slice(1)) outbox.post(sender, Buffer.from("a"));
  await new Promise(setImmediate);
  expect(order()).toEqual(Array.from({ length: 16 }, (_, index) => index + 1));
  outbox.post(all[1] as Sender, Buffer.from("b"));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  expect(order()).toEqual([...Array.from({ length: 39 }, (_, index) => index + 1), 1]);
  outbox.post(all[0] as Sender, Buffer.from("c"));
  await new Promise(setImmediate);
  expect(sent.at(-1)).toEqual([0, "c"]);
});

test("what is added to a piece that waits does not reach into the next one, at the end of the block either", () => {
  const outbox = new Outbox();
  const { sent, all } = senders(3);
  const [first, second, third] = all as [Sender, Sender, Sender];
  outbox.post(first, Buffer.alloc(BLOCK - 100, "a"));
  outbox.post(first, Buffer.alloc(90, "b"));
  outbox.post(first, Buffer.alloc(11, "c"));
  outbox.post(second, Buffer.alloc(1, "d"));
  outbox.post(third, Buffer.alloc(1, "e"));
  outbox.flush();
  expect(sent).toEqual([
    [0, "a".repeat(BLOCK - 100) + "b".repeat(90)],
    [0, "c".repeat(11)],
    [1, "d"],
    [2, "e"],
  ]);
});

test("each sender's bytes are sent whole and in its order, however they are mixed and flushed, turn after turn", async () => {
  const steps = fc.array(
    fc.record({
      who: fc.nat({ max: 3 }),
      // Most are short, so that the block is gone round with some of them waiting.
      length: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 700 }) }, fc.integer({ min: 1, max: 9000 })),
      next: fc.constantFrom("more", "more", "more", "more", "a turn", "flush"),
    }),
    { maxLength: 400, size: "max" },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const outbox = new Outbox();
      const { sent, all } = senders(4);
      const posted = ["", "", "", ""];
      for (const [index, { who, length, next }] of list.entries()) {
        const text = String.fromCharCode(index % 256).repeat(length);
        posted[who] += text;
        outbox.post(all[who] as Sender, Buffer.from(text, "latin1"));
        if (next === "flush") outbox.flush();
        if (next === "a turn") await new Promise(setImmediate);
      }
      outbox.flush();
      const got = ["", "", "", ""];
      for (const [who, text] of sent) got[who] += text;
      expect(got).toEqual(posted);
    }),
  );
});

test("each of hundreds of senders is sent its own bytes, turn after turn, whatever their lengths", () => {
  const outbox = new Outbox();
  const { sent, all } = senders(700);
  const lengths = [1, 6, 70, 127, 128, 129, 300];
  for (let turn = 0; turn < 10; turn++) {
    const expected: (readonly [number, string])[] = [];
    for (const [index, sender] of all.entries()) {
      const text = `${turn}.${index}.`.padEnd(lengths[(turn + index) % lengths.length] as number, "x");
      expected.push([index, text]);
      outbox.post(sender, Buffer.from(text));
    }
    outbox.flush();
    expect(sent.splice(0)).toEqual(expected);
  }
});

test("what finds no room leaves behind all that was there before it", () => {
  const outbox = new Outbox();
  const { sent, one } = senders(1);
  outbox.post(one, Buffer.alloc(BLOCK, "a"));
  expect(sent).toEqual([]);
  outbox.post(one, Buffer.from("b"));
  expect(sent).toEqual([[0, "a".repeat(BLOCK)]]);
  outbox.flush();
  expect(sent.at(-1)).toEqual([0, "b"]);
});

test("a sender that has everything flushed while it is sent for, or posts again, sees nothing twice", () => {
  const outbox = new Outbox();
  const seen: string[] = [];
  const second: Sender = { send: (bytes) => void seen.push(bytes.toString()) };
  const first: Sender = {
    send(bytes) {
      seen.push(bytes.toString());
      if (seen.length === 1) outbox.post(second, Buffer.from("again"));
      outbox.flush();
    },
  };
  outbox.post(first, Buffer.from("one"));
  outbox.post(second, Buffer.from("two"));
  outbox.flush();
  outbox.flush();
  expect(seen).toEqual(["one", "twoagain"]);
});

test("what a sender posts while it is sent for, as the last one, is sent, too", () => {
  const outbox = new Outbox();
  const seen: string[] = [];
  const sender: Sender = {
    send(bytes) {
      seen.push(bytes.toString());
      if (seen.length === 1) outbox.post(sender, Buffer.from("two"));
    },
  };
  outbox.post(sender, Buffer.from("one"));
  outbox.flush();
  expect(seen).toEqual(["one", "two"]);
});
