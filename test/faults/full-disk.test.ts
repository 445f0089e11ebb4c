import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { makeAuthority } from "../support/certificates.ts";
import { call } from "../support/http-client.ts";
import { startCommand } from "../support/process.ts";
import { openRawClient, startRawController } from "../support/raw-websocket.ts";
import { mintToken, TEST_SECRET } from "../support/tokens.ts";

const ADMIN_TOKEN = "an-admin-token-of-a-test-with-enough-bytes";
const DISK = 4 * 2 ** 20;
/** More than a disk that has no page left can take without growing a file. */
const MOST_WRITES = 200;

/** A disk of its own needs root, and a container that lets root mount. */
const mayMount = process.getuid?.() === 0 && spawnSync("unshare", ["--mount", "true"]).status === 0;

/** A gateway whose DATA_DIR is a disk that can be filled. */
async function startOnDisk(onFailure: "allow" | "deny") {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-disk-"));
  undo.defer(() => rm(folder, { recursive: true }));
  await chmod(folder, 0o755);
  const dataDir = join(folder, "data");
  await mkdir(dataDir);
  const { cert, key, ca } = await (await makeAuthority()).issue();
  await writeFile(join(folder, "crt"), cert);
  await writeFile(join(folder, "key"), key);
  const controller = undo.use(await startRawController());
  const environment = {
    ...{ JWT_KEY: TEST_SECRET, ADMIN_TOKEN, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DATA_DIR: dataDir },
    ...{ CERT_PATH: join(folder, "crt"), KEY_PATH: join(folder, "key"), ON_STORE_FAILURE: onFailure },
    ...{ ALLOWED_TARGETS: "127.0.0.0/8", DETECT_PLATFORMS: "false", DRAIN_SECONDS: "1" },
  };
  const gateway = undo.use(startCommand(["serve"], { environment, disk: { folder: dataDir, bytes: DISK } }));
  const { port, adminPort } = await gateway.logged("serving");
  // The disk is in the gateway's own world, which can be looked into through its process.
  const ballast = join(`/proc/${gateway.pid}/root`, dataDir, "ballast");
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" };
  const parts = undo.move();
  return {
    gateway,
    fill: () => fill(ballast),
    free: () => rm(ballast),
    revoke: (value: string) =>
      call(`http://127.0.0.1:${adminPort}`, "/revocations", {
        ...{ method: "POST", headers, body: JSON.stringify({ kind: "jti", value }) },
      }),
    audit: async () => (await call(`http://127.0.0.1:${adminPort}`, "/audit", { headers })).body,
    /** What a customer with this link meets. */
    async enter(jti: string, claims: object = {}): Promise<number> {
      const token = await mintToken({ port: controller.port, scheme: "http", jti, ...claims });
      const { status, bytes } = await openRawClient({
        ...{ gateway: { port: Number(port), ca }, token, port: controller.port },
      });
      bytes.socket.destroy();
      return status;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Writes until nothing more goes in, down to the last page. */
async function fill(path: string): Promise<void> {
  const file = await open(path, "w");
  for (let size = 2 ** 16; size >= 1; size = size >> 4) {
    try {
      for (;;) await file.write(Buffer.alloc(size));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  await file.close();
}

type Disk = Awaited<ReturnType<typeof startOnDisk>>;

/** Revokes until it is refused: the links that were acknowledged, and the refusal. */
async function revokeUntilRefused({ revoke }: Disk) {
  const acknowledged: string[] = [];
  for (let n = 0; n < MOST_WRITES; n++) {
    const jti = randomUUID();
    const { status, body } = await revoke(jti);
    if (status >= 400) return { acknowledged, refused: { jti, status, body } };
    acknowledged.push(jti);
  }
  throw new Error(`${MOST_WRITES} revocations went onto a full disk`);
}

describe.runIf(mayMount)("the disk under SQLite is full", () => {
  test.each([
    ["allow", 101],
    ["deny", 503],
  ] as const)(
    "with %s new sessions get %i, a revocation is refused in words, none that was acknowledged is lost, and all is well once there is room",
    async (onFailure, status) => {
      await using disk = await startOnDisk(onFailure);
      const before = randomUUID();
      expect((await disk.revoke(before)).status).toBeLessThan(300);
      await disk.fill();
      const { acknowledged, refused } = await revokeUntilRefused(disk);
      expect(refused.status).toBe(503);
      expect(JSON.parse(refused.body).error).toMatch(/the store .*sallyport\.db cannot be written: the disk is full/);
      expect(await disk.enter("meanwhile", { sub: "meanwhile" })).toBe(status);
      for (const jti of [before, ...acknowledged]) expect(await disk.enter(jti)).toBe(401);

      await disk.free();
      await disk.gateway.logged("the audit trail is written again");
      expect((await disk.revoke(refused.jti)).status).toBeLessThan(300);
      for (const jti of [before, ...acknowledged, refused.jti]) expect(await disk.enter(jti)).toBe(401);
      expect(await disk.enter("after")).toBe(101);
      // What was decided meanwhile is in the trail all the same.
      expect(await disk.audit()).toContain('"meanwhile"');
    },
  );
});
