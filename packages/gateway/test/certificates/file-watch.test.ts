import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FileWatch } from "../../src/certificates/file-watch.ts";
import { stateOf } from "../../src/certificates/files.ts";
import { noLog } from "../../src/telemetry/log.ts";

test("a file that changed between its reading and the first look is read anew", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-watch-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "ca.pem");
  await writeFile(path, "before");
  const since = await stateOf([path]);
  await writeFile(path, "something else");
  const read = Promise.withResolvers<void>();
  const watch = new FileWatch({ paths: [path], read: async () => read.resolve(), log: noLog, pollMs: 5, since });
  stack.defer(() => watch.stop());
  await read.promise;
  expect(await stateOf([path])).not.toBe(since);
});
