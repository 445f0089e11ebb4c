import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

const CHILDREN = new URL("../../support/children.ts", import.meta.url).href;

/** Stands for a test's worker: starts one that would stay for minutes, and writes to the same pipe. */
const WORKER = `
import { spawn } from "node:child_process";
import { endingWithUs } from ${JSON.stringify(CHILDREN)};
spawn(...endingWithUs("sh", ["-c", "echo started; exec sleep 120"]), { stdio: ["ignore", "inherit", "ignore"] });
`;

test("what a test has started ends with the test's process, even where that is killed", async () => {
  const worker = spawn(process.execPath, ["--input-type=module", "-e", WORKER], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Everybody who holds the pipe's other end is gone then.
  const ended = once(worker.stdout, "close");
  const [line] = await once(createInterface({ input: worker.stdout }), "line");
  expect(line).toBe("started");
  worker.kill("SIGKILL");
  await ended;
});
