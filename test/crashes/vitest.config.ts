import { defineConfig } from "vitest/config";

/** Tests of the store that `npm test` runs in small, in full. */
export default defineConfig({
  test: {
    name: "crashes",
    root: "test/integration/store",
    include: ["{crashes,many}.test.ts"],
    hookTimeout: 60_000,
    env: { CRASHES: "200", LINKS: "200" },
    fileParallelism: false,
  },
});
