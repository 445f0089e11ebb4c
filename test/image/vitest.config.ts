import { defineConfig } from "vitest/config";
import { TRIES_AGAIN } from "../support/second-try.ts";

/** Apart from the rest: building an image takes minutes, and root. */
export default defineConfig({
  test: { name: "image", root: "test/image", testTimeout: 60_000 },
});
