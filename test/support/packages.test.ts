import { afterEach, expect, test, vi } from "vitest";
import { ensureDebianPackages, findProgram } from "./packages.ts";

afterEach(() => vi.unstubAllEnvs());

test("what is there needs nothing", async () => {
  expect(await findProgram("sh")).toMatch(/\/sh$/);
  await ensureDebianPackages(["sh"]);
});

test("what is missing and cannot be installed is named, with the command that installs it", async () => {
  vi.stubEnv("PATH", "/nowhere");
  const missing = ensureDebianPackages(["tigervnc-standalone-server", "xterm"]);
  await expect(missing).rejects.toThrow("--no-install-recommends tigervnc-standalone-server xterm");
});
