import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["packages/*/test/**/*.test.ts", "test/{architecture,support}/**/*.test.ts"],
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{integration,e2e,emulators,security,conformance,faults}/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
