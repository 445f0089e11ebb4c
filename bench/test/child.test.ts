import { expect, test } from "vitest";
import { startChild, stopAll } from "../measure/child.ts";

test("whoever waits for something from a program hears that everything was stopped, and nothing starts any more", async () => {
  await using first = await startChild({ command: "sleep", args: ["1000"], cpus: [] });
  await using second = await startChild({ command: "sleep", args: ["1000"], cpus: [] });
  stopAll();
  await expect(first.ended).rejects.toThrow("sleep ended by itself (SIGTERM)");
  await expect(second.ended).rejects.toThrow("sleep ended by itself (SIGTERM)");
  await expect(startChild({ command: "sleep", args: ["1000"], cpus: [] })).rejects.toThrow("everything was stopped");
});
