import { Socket } from "node:net";
import { expect, it } from "vitest";
import { alive } from "../soak/alive.ts";

it("counts timers that keep no process alive, and sockets that nobody closed", () => {
  const first = setTimeout(() => undefined, 60_000).unref();
  const kinds = { Timeout: first.constructor, Socket };
  const before = alive(kinds);
  const second = setTimeout(() => undefined, 60_000).unref();
  const socket = new Socket();
  const one = { Timeout: (before.Timeout ?? 0) + 1, Socket: (before.Socket ?? 0) + 1 };
  expect(alive(kinds)).toEqual(one);
  for (const timer of [first, second]) clearTimeout(timer);
  socket.destroy();
});
