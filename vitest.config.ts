import { defineConfig } from "vitest/config";
import { TRIES_AGAIN } from "./test/support/second-try.ts";

export default defineConfig({
  test: {
    // Most of what takes long waits for something: two files at a time halve the whole on two processors.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          // Properties over thousands of inputs take a second or two alone, and many times that on a busy machine.
          testTimeout: 30_000,
          expect: { poll: { timeout: 15_000 } },
          include: ["packages/*/test/**/*.test.ts", "{test/{architecture,support},bench/test}/**/*.test.ts"],
          // Every case of theirs starts a process or a controller.
          exclude: ["packages/gateway/test/{cli,probing,processes}/**"],
        },
      },
      {
        test: {
          name: "system",
          include: [
            "packages/gateway/test/{cli,probing,processes}/**/*.test.ts",
            "test/{integration,e2e,emulators,platforms,security,conformance,faults,fuzz}/**/*.test.ts",
          ],
          retry: TRIES_AGAIN,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // What is looked at again and again comes late on a busy machine; where it never comes, the test still says so itself.
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
});
