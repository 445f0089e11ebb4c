import { defineConfig } from "vitest/config";

/** The whole suite by itself, its long cases included. */
export default defineConfig({
  test: {
    name: "faults",
    root: "test/faults",
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { OUTAGE: "30" },
  },
});
