import { defineConfig } from "vitest/config";

/** The whole suite by itself: each target for some seconds, from a seed of its own. */
export default defineConfig({
  test: {
    name: "fuzz",
    root: "test/fuzz",
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    provide: { fuzzMilliseconds: 8_000 },
  },
});
