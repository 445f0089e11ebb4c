import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destination } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GatheredLines } from "../../src/telemetry/gathered-lines.ts";

const DELAY = 100;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

/** Lines gathered into a file, by pino's destination as the log has it. */
async function gathered() {
  const folder = await mkdtempDisposable(join(tmpdir(), "lines-"));
  const file = join(folder.path, "log");
  const sink = destination({ fd: openSync(file, "a"), sync: false, minLength: 2048, maxWrite: 4096 });
  const flush = vi.spyOn(sink, "flush");
  return {
    lines: new GatheredLines(sink, DELAY),
    flushes: () => flush.mock.calls.length,
    content: () => readFile(file, "utf8"),
    written: () => once(sink, "write"),
    async [Symbol.asyncDispose]() {
      sink.end();
      await once(sink, "close");
      await folder.remove();
    },
  };
}

test("while no line waits no timer runs, and nothing is written", async () => {
  await using log = await gathered();
  expect(vi.getTimerCount()).toBe(0);
  log.lines.write("one\n");
  vi.advanceTimersByTime(DELAY);
  await log.written();
  vi.advanceTimersByTime(10 * DELAY);
  expect([vi.getTimerCount(), log.flushes()]).toEqual([0, 1]);
});

test("lines are written so long after the first of them", async () => {
  await using log = await gathered();
  log.lines.write("one\n");
  vi.advanceTimersByTime(DELAY - 1);
  log.lines.write("two\n");
  expect(log.flushes()).toBe(0);
  vi.advanceTimersByTime(1);
  await log.written();
  expect(await log.content()).toBe("one\ntwo\n");
});

test("a line that comes while others are being written does not stay behind", async () => {
  await using log = await gathered();
  log.lines.write("one\n");
  vi.advanceTimersByTime(DELAY);
  log.lines.write("zwölf\n");
  // The first write is still under way: its end is told in a turn of the event loop.
  vi.advanceTimersByTime(DELAY);
  await log.written();
  expect(await log.content()).toBe("one\n");
  vi.advanceTimersByTime(DELAY);
  await log.written();
  expect(await log.content()).toBe("one\nzwölf\n");
  vi.advanceTimersByTime(DELAY);
  expect(vi.getTimerCount()).toBe(0);
});

test("so many lines that they go at once leave nothing to be written later", async () => {
  await using log = await gathered();
  log.lines.write(`${"x".repeat(3000)}\n`);
  await log.written();
  vi.advanceTimersByTime(DELAY);
  expect([vi.getTimerCount(), log.flushes()]).toEqual([0, 0]);
});
