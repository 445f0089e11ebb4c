import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const LOG = fileURLToPath(new URL("../../../packages/gateway/src/telemetry/log.ts", import.meta.url));
/** More than one write's worth. */
const LINES = 500;

/** A program that has a log and does this with it; its log goes into a pipe, as under a service manager. */
function startProgram(program: string) {
  const script = `import { createLog } from ${JSON.stringify(LOG)};
    const log = createLog({ level: "info", format: "json" });
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "ignore"] });
  return Object.assign(child, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  });
}

test("a line is there while the program goes on and says nothing more", async () => {
  await using program = startProgram(`process.stdin.resume(); log.info({}, "one line");`);
  const [bytes] = await once(program.stdout, "data");
  expect(JSON.parse(String(bytes))).toMatchObject({ message: "one line" });
  expect(program.exitCode).toBeNull();
});

const many = `for (let count = 0; count < ${LINES}; count++) log.info({ count }, "a line");`;

test.each([
  ["ends by itself", many],
  ["exits at once", `${many} process.exit(1);`],
  ["dies of an error", `${many} throw new Error("unforeseen");`],
])("no line is lost when the program %s", async (_, script) => {
  await using program = startProgram(script);
  const lines = (await text(program.stdout)).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).count)).toEqual(Array.from({ length: LINES }, (__, index) => index));
});
