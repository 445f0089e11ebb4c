import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAuthority } from "../../support/certificates.ts";
import { call } from "../../support/http-client.ts";
import { type Command, startCommand } from "../../support/process.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

let undo: AsyncDisposableStack;
let folder: string;
let ca: string;
let controller: number;
beforeAll(async () => {
  undo = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), "sallyport-replace-"));
  undo.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o777);
  const certificate = await (await makeAuthority()).issue();
  ca = certificate.ca;
  await writeFile(join(folder, "crt"), certificate.cert);
  await writeFile(join(folder, "key"), certificate.key);
  const server = createServer((_, response) => response.end("page")).listen(0, "127.0.0.1");
  undo.defer(() => void server.close());
  await once(server, "listening");
  controller = (server.address() as AddressInfo).port;
});
afterAll(() => undo.disposeAsync());

function environment(name: string): Record<string, string> {
  return {
    ...{ JWT_KEY: TEST_SECRET, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: join(folder, name) },
    ...{ CERT_PATH: join(folder, "crt"), KEY_PATH: join(folder, "key"), ALLOWED_TARGETS: "127.0.0.0/8" },
    ...{ DETECT_PLATFORMS: "false", ON_STORE_FAILURE: "deny" },
  };
}

async function statusOf(gateway: Command): Promise<number> {
  const { port } = await gateway.logged("serving");
  const token = await mintToken({ port: controller, scheme: "http" });
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  return (await call(`https://127.0.0.1:${port}`, "/", { ca, headers })).status;
}

async function workersOf({ pid }: Command): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean);
}

test("a new worker that cannot serve replaces nobody; once it can, all are replaced", async () => {
  await using gateway = startCommand(["serve"], { environment: { ...environment("data"), PROCESSES: "2" } });
  expect(await statusOf(gateway)).toBe(200);
  const before = await workersOf(gateway);
  const store = join(folder, "data", "store");
  await chmod(store, 0o000);
  gateway.signal("SIGUSR2");
  await gateway.logged("a new worker could not serve: those that serve go on");
  await chmod(store, 0o700);
  await expect.poll(() => workersOf(gateway)).toEqual(before);
  expect(await statusOf(gateway)).toBe(200);
  gateway.signal("SIGUSR2");
  await gateway.logged("workers were replaced");
  await expect
    .poll(async () => (await workersOf(gateway)).filter((pid) => before.includes(pid)), { timeout: 20_000 })
    .toEqual([]);
  expect(await workersOf(gateway)).toHaveLength(2);
  expect(await statusOf(gateway)).toBe(200);
});
