import { defineConfig } from "vitest/config";
import { TRIES_AGAIN } from "../support/second-try.ts";

/** The whole suite by itself, its long cases included. */
export default defineConfig({
  test: {
    name: "security",
    root: "test/security",
    include: ["**/*.test.ts"],
    retry: TRIES_AGAIN,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
