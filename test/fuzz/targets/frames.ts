import { FrameFollower } from "@sallyport/gateway";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const RULES = { maxPayload: 1024 * 1024 };

interface Followed {
  readonly passed: number;
  readonly state: string;
}

function follow(bytes: Buffer, masked: boolean, sizes: () => number): Followed {
  const follower = new FrameFollower({ ...RULES, masked });
  let passed = 0;
  for (let at = 0; at < bytes.length && follower.fault === undefined; ) {
    const chunk = bytes.subarray(at, at + sizes());
    const good = follower.push(chunk);
    holds(good >= 0 && good <= chunk.length, "no more passes than came");
    passed += good;
    at += chunk.length;
  }
  const { frames, messages, closing, fault, atBoundary } = follower;
  return { passed, state: `${frames} ${messages} ${closing} ${fault ?? (atBoundary ? "boundary" : "within")}` };
}

/** Frames as a reader sees them that has them all at once (RFC 6455, 5.2): where the last whole one ends. */
function wholeFrames(bytes: Buffer, end: number): number {
  let at = 0;
  for (;;) {
    const second = bytes[at + 1];
    if (second === undefined || at + 1 >= end) return at;
    const code = second & 0x7f;
    const head = 2 + (code === 126 ? 2 : code === 127 ? 8 : 0) + ((second & 0x80) !== 0 ? 4 : 0);
    if (at + head > end) return at;
    const length =
      code < 126 ? code : code === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (at + head + length > end) return at;
    at += head + length;
  }
}

export const frames: Target = {
  name: "frames",
  seeds: [
    "\x81\x05hello\x89\x00\x88\x02\x03\xe8",
    "\x81\x85abcdhello\x8a\x80abcd",
    "\x01\x02ab\x89\x01x\x80\x02cd",
    `\x82\x7e\x01\x00${"x".repeat(256)}`,
    "\x82\x7f\x00\x00\x00\x00\x00\x00\x00\x03abc",
  ],
  dictionary: [
    "\x81",
    "\x82",
    "\x01",
    "\x00",
    "\x80",
    "\x88",
    "\x89",
    "\x8a",
    "\x7e\x00\x7e",
    "\x7f\x00\x00\x00\x00\x00\x01\x00\x00",
    "\xff",
    "\x05abcde",
    "\x80abcd",
  ],
  run(input, draw) {
    const bytes = Buffer.from(input, "latin1");
    const masked = draw(2) === 0;
    const whole = follow(bytes, masked, () => bytes.length);
    const pieces = follow(bytes, masked, () => 1 + draw(7));
    holds(whole.state === pieces.state, `chunks change nothing: ${whole.state}, ${pieces.state}`);
    // In one chunk a fault shows before anything of its frame passes; in pieces the first bytes of its head may have.
    holds(pieces.passed >= whole.passed && pieces.passed - whole.passed < 14, "a fault passes nothing of its payload");
    if (whole.state.endsWith("boundary")) holds(wholeFrames(bytes, whole.passed) === whole.passed, "a boundary is one");
    return `${masked} ${whole.state}`;
  },
};
