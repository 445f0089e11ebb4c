import { expect, test } from "vitest";
import { endAll, startChild } from "../measure/child.ts";

test("whoever waits for something of a program hears that everything was ended", async () => {
  await using first = await startChild({ command: "sleep", args: ["1000"], cpus: [] });
  await using second = await startChild({ command: "sleep", args: ["1000"], cpus: [] });
  endAll();
  await expect(first.ended).rejects.toThrow("sleep ended by itself (SIGTERM)");
  await expect(second.ended).rejects.toThrow("sleep ended by itself (SIGTERM)");
});
