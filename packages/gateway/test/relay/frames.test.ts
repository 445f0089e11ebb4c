import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameFollower, type FrameRules } from "../../src/relay/frames.ts";

const SERVER: FrameRules = { masked: false, maxPayload: 1 << 20 };

interface FrameSpec {
  readonly fin?: boolean;
  readonly opcode: number;
  readonly length: number;
  readonly masked?: boolean;
}

/** A frame of that shape; payload bytes are 0xff, so that a reader that looked at them would see faults. */
function frame({ fin = true, opcode, length, masked = false }: FrameSpec): Buffer {
  const code = length < 126 ? length : length < 65_536 ? 126 : 127;
  const extended = Buffer.alloc(code === 126 ? 2 : code === 127 ? 8 : 0);
  if (code === 126) extended.writeUInt16BE(length);
  if (code === 127) extended.writeBigUInt64BE(BigInt(length));
  const head = Buffer.from([(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | code]);
  return Buffer.concat([head, extended, Buffer.alloc(masked ? 4 : 0, 0xff), Buffer.alloc(length, 0xff)]);
}

const lengths = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));
const control = fc.record({ opcode: fc.constantFrom(9, 10), length: fc.integer({ min: 0, max: 125 }) });

/** A message in one or more fragments, control frames between them. */
const message = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.array(fc.tuple(lengths, fc.array(control, { maxLength: 2 })), { minLength: 1, maxLength: 4 }),
  )
  .map(([opcode, parts]) =>
    parts.flatMap(([length, controls], index): FrameSpec[] => [
      { opcode: index === 0 ? opcode : 0, length, fin: index === parts.length - 1 },
      ...controls,
    ]),
  );

const streams = fc.record({ messages: fc.array(message, { minLength: 1, maxLength: 5 }), masked: fc.boolean() });

/** Cuts bytes into chunks at random places. */
function chunksOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe("a valid stream, however it is split", () => {
  test("has the same frames, messages and boundaries", () => {
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }),
        ({ messages, masked }, sizes) => {
          const specs = messages.flat().map((spec) => ({ ...spec, masked }));
          const frames = specs.map(frame);
          const follower = new FrameFollower({ masked, maxPayload: 1 << 20 });
          const ends = new Set(
            frames.map((_, index) => frames.slice(0, index + 1).reduce((sum, one) => sum + one.length, 0)),
          );
          let at = 0;
          for (const chunk of chunksOf(Buffer.concat(frames), sizes)) {
            expect(follower.push(chunk)).toBe(chunk.length);
            at += chunk.length;
            expect(follower.atBoundary).toBe(ends.has(at));
          }
          expect([follower.fault, follower.frames, follower.messages]).toEqual([
            undefined,
            frames.length,
            messages.length,
          ]);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("byte by byte", () => {
    const bytes = Buffer.concat([
      frame({ opcode: 1, length: 300, fin: false }),
      frame({ opcode: 9, length: 5 }),
      frame({ opcode: 0, length: 70_000 }),
      frame({ opcode: 8, length: 2 }),
    ]);
    const follower = new FrameFollower(SERVER);
    for (const byte of bytes) follower.push(Buffer.from([byte]));
    expect([follower.frames, follower.messages, follower.closing, follower.atBoundary]).toEqual([4, 1, true, true]);
  });
});

describe("what cannot be WebSocket", () => {
  const bytes = (...values: number[]) => Buffer.from(values);
  test.each([
    ["HTTP text after the 101", Buffer.from("HTTP/1.1 200 OK\r\n"), SERVER, "reserved-bits"],
    ["a reserved bit", bytes(0xc2, 0), SERVER, "reserved-bits"],
    ["a reserved opcode", bytes(0x83, 0), SERVER, "reserved-opcode"],
    ["a reserved control opcode", bytes(0x8b, 0), SERVER, "reserved-opcode"],
    ["a fragmented ping", bytes(0x09, 0), SERVER, "control-fragmented"],
    ["a long ping", bytes(0x89, 126, 0, 126), SERVER, "control-too-long"],
    ["a continuation of nothing", bytes(0x80, 0), SERVER, "fragment-order"],
    ["a masked frame from a server", bytes(0x82, 0x80, 1, 2, 3, 4), SERVER, "mask"],
    ["an unmasked frame from a client", bytes(0x82, 0), { ...SERVER, masked: true }, "mask"],
    ["a length over the limit", bytes(0x82, 127, 0, 0, 0, 0, 0, 0x10, 0, 1), SERVER, "frame-too-large"],
    ["a length of 63 bits", bytes(0x82, 127, 0x7f, 255, 255, 255, 255, 255, 255, 255), SERVER, "length"],
    ["a length with its first bit set", bytes(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0), SERVER, "length"],
  ] as const)("%s is seen whole and split, and nothing of it passes", (_, wrong, rules, fault) => {
    const whole = new FrameFollower(rules);
    expect(whole.push(wrong)).toBe(0);
    expect(whole.fault).toBe(fault);
    const split = new FrameFollower(rules);
    for (const byte of wrong) if (split.fault === undefined) split.push(Buffer.from([byte]));
    expect(split.fault).toBe(fault);
  });

  test("a second message inside a fragmented one", () => {
    const follower = new FrameFollower(SERVER);
    const first = frame({ opcode: 1, length: 3, fin: false });
    expect(follower.push(Buffer.concat([first, frame({ opcode: 2, length: 1 })]))).toBe(first.length);
    expect(follower.fault).toBe("fragment-order");
  });

  test("what stands before it in the same chunk passes", () => {
    const good = frame({ opcode: 2, length: 10 });
    const follower = new FrameFollower(SERVER);
    expect(follower.push(Buffer.concat([good, Buffer.from("HTTP/1.1 200 OK")]))).toBe(good.length);
  });

  test("random bytes never throw, and never pass behind a fault", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 }), { maxLength: 20 }),
        fc.boolean(),
        (chunks, masked) => {
          const follower = new FrameFollower({ masked, maxPayload: 1 << 16 });
          for (const chunk of chunks) {
            if (follower.fault !== undefined) break;
            const passed = follower.push(chunk);
            expect(passed).toBeGreaterThanOrEqual(0);
            expect(passed).toBeLessThanOrEqual(chunk.length);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
