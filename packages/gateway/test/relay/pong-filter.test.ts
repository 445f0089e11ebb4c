import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keepAliveMark, unmask } from "../../src/relay/control-frames.ts";
import { FrameFollower } from "../../src/relay/frames.ts";
import { PongFilter } from "../../src/relay/pong-filter.ts";

function masked(opcode: number, payload: Buffer): Buffer {
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length]), key, unmask(payload, key)]);
}

const follower = () => new FrameFollower({ masked: true, maxPayload: 1 << 20 });

/** Each chunk is where the one before it was: what a filter holds it has to have copied. */
function filtered(filter: PongFilter, bytes: Buffer, size: number): Buffer {
  const shared = Buffer.alloc(size);
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(shared, 0, at, at + size);
    for (let read = 0; read < length; ) {
      const passed: Uint8Array[] = [];
      read = filter.advance(shared.subarray(0, length), read, passed);
      for (const piece of passed) out.push(Buffer.from(piece));
    }
  }
  return Buffer.concat(out);
}

describe("the pong that answers our ping", () => {
  test("is the only thing taken out, however the bytes are split", () => {
    const payloads = fc.array(fc.tuple(fc.constantFrom(1, 2, 9, 10), fc.uint8Array({ maxLength: 20 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(payloads, payloads, fc.integer({ min: 1, max: 40 }), (before, after, size) => {
        const mark = keepAliveMark();
        const frames = (list: typeof before) => list.map(([opcode, payload]) => masked(opcode, Buffer.from(payload)));
        const [head, tail] = [Buffer.concat(frames(before)), Buffer.concat(frames(after))];
        const filter = new PongFilter(follower(), mark);
        const out = filtered(filter, Buffer.concat([head, masked(10, mark), tail]), size);
        expect(out).toEqual(Buffer.concat([head, tail]));
        expect(filter.expected).toBe(0);
      }),
    );
  });

  test.each([
    [
      "with another payload",
      10,
      (mark: Buffer) => Buffer.concat([mark.subarray(0, 7), Buffer.from([(mark[7] ?? 0) ^ 1])]),
    ],
    ["of another length", 10, (mark: Buffer) => mark.subarray(0, 7)],
    ["that is a ping", 9, (mark: Buffer) => mark],
    ["that is data", 2, (mark: Buffer) => mark],
  ])("one %s passes", (_, opcode, payload) => {
    const mark = keepAliveMark();
    const bytes = masked(opcode, payload(mark));
    for (let size = 1; size <= bytes.length; size++) {
      const filter = new PongFilter(follower(), mark);
      expect(filtered(filter, bytes, size)).toEqual(bytes);
      expect(filter.expected).toBe(1);
    }
  });

  test("a second one that was not asked for passes", () => {
    const mark = keepAliveMark();
    const second = masked(10, mark);
    const filter = new PongFilter(follower(), mark);
    expect(filtered(filter, Buffer.concat([masked(10, mark), second]), 5)).toEqual(second);
  });
});
