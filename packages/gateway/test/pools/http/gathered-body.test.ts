import { expect, test } from "vitest";
import { GatheredBody } from "../../../src/pools/http/gathered-body.ts";

const MIB = 1024 * 1024;

test("what was added is there in its order, whatever becomes of where it lay", () => {
  const body = new GatheredBody();
  const place = Buffer.alloc(300);
  const added: Buffer[] = [];
  for (let length = 0; length <= place.length; length += 1) {
    place.fill(length % 256);
    added.push(Buffer.from(place.subarray(0, length)));
    body.add(place.subarray(0, length));
    expect(body.bytes.equals(Buffer.concat(added))).toBe(true);
  }
  expect(body.length).toBe((300 * 301) / 2);
});

test("a million pieces of one byte take little more than a million bytes", () => {
  const body = new GatheredBody();
  const piece = Buffer.from("x");
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  for (let count = 0; count < MIB; count += 1) body.add(piece);
  const after = process.memoryUsage();
  expect(after.heapUsed - heapUsed + after.arrayBuffers - arrayBuffers).toBeLessThan(32 * MIB);
  expect(body.length).toBe(MIB);
});
