import { defineConfig } from "vitest/config";

/** Apart from the rest: building an image takes minutes, and root. */
export default defineConfig({
  test: { name: "image", root: "test/image", testTimeout: 60_000 },
});
