import { spawnSync } from "node:child_process";
import process from "node:process";
import { expect, test } from "vitest";

const SOURCE = new URL("../../src/", import.meta.url).href;

test.each([
  ["an exception", "setImmediate(() => { throw fault; });"],
  ["a rejection", "void Promise.reject(fault);"],
])("%s that nobody catches is one log line without secrets, and exit code 1", (_, fault) => {
  const script = `
    import { exitOnFault } from "${SOURCE}processes/faults.ts";
    import { createLog } from "${SOURCE}telemetry/log.ts";
    exitOnFault(createLog({ level: "info", format: "json" }));
    setInterval(() => {}, 1000);
    const fault = new Error("at /x?token=s3cr3t");
    ${fault}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    level: "error",
    message: "an unforeseen fault ends this process",
    error: { type: "Error", message: "at /x?token=[redacted]" },
  });
});
