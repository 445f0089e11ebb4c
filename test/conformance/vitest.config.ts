import { defineConfig } from "vitest/config";

/** The whole suite by itself, its long cases included. */
export default defineConfig({
  test: {
    name: "conformance",
    root: "test/conformance",
    include: ["**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
