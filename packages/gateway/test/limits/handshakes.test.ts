import { expect, test } from "vitest";
import { Handshakes } from "../../src/limits/handshakes.ts";

test("one client has so many at once, whatever others have, and those that ended do not count", () => {
  const handshakes = new Handshakes(2);
  const first = handshakes.begin("192.0.2.1");
  expect(handshakes.begin("192.0.2.1")).toBeDefined();
  expect(handshakes.begin("192.0.2.1")).toBeUndefined();
  expect(handshakes.begin("192.0.2.2")).toBeDefined();
  first?.();
  first?.();
  expect(handshakes.begin("192.0.2.1")).toBeDefined();
  expect(handshakes.begin("192.0.2.1")).toBeUndefined();
});

test("a /64 is one client", () => {
  const handshakes = new Handshakes(1);
  expect(handshakes.begin("2001:db8::1")).toBeDefined();
  expect(handshakes.begin("2001:db8::ffff:2")).toBeUndefined();
  expect(handshakes.begin("2001:db8:0:1::1")).toBeDefined();
});
