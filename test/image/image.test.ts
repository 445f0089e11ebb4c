import { readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificates.ts";
import { freePort } from "../support/ports.ts";
import { buildImage, type Image } from "./build.ts";
import { startContainer } from "./container.ts";

const JWT_KEY = "image-test-key-4f1c9a7d2b8e6053-of-48-bytes";
const AUDIT_KEY = "audit-test-key-4f1c9a7d2b8e6053-of-48-bytes";

let image: Image;
beforeAll(async () => {
  if (process.getuid?.() !== 0) throw new Error("building the image without an engine needs root");
  image = await buildImage();
}, 600_000);
afterAll(() => image?.[Symbol.asyncDispose]());
// What one container kept is not in the next one's image.
beforeEach(() => rm(join(image.rootfs, "var/lib/sallyport/store"), { recursive: true, force: true }));

/** What keeps the test on loopback; everything else is as in `docker run -e JWT_KEY=… sallyport`. */
async function loopback(): Promise<Record<string, string>> {
  return { JWT_KEY, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: `127.0.0.1:${await freePort()}` };
}

interface Seen {
  readonly status: number;
  readonly subject: string;
  readonly fingerprint: string;
}

function look(port: number): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, rejectUnauthorized: false, agent: false };
    const outgoing = request(options, (answer) => {
      const socket = answer.socket as import("node:tls").TLSSocket;
      const { subject, fingerprint256 } = socket.getPeerCertificate();
      resolve({ status: answer.statusCode ?? 0, subject: String(subject?.CN), fingerprint: fingerprint256 });
      answer.resume();
    });
    outgoing.on("error", reject).end();
  });
}

/** What compose.yaml leaves of root's rights. */
async function composeCapabilities(): Promise<readonly string[]> {
  const compose = await readFile(new URL("../../compose.yaml", import.meta.url), "utf8");
  expect(compose).toContain("cap_drop: [ALL]");
  return /cap_add: \[(.+)\]/.exec(compose)?.[1]?.toLowerCase().split(", ") ?? [];
}

/** User ids of the processes below one. */
async function uidsBelow(pid: number): Promise<number[]> {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean);
  return Promise.all(
    children.map(async (child) => Number(/^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${child}/status`, "utf8"))?.[1])),
  );
}

describe("the image", () => {
  test("with JWT_KEY alone it serves with a self-signed certificate, as nobody who could do harm", async () => {
    const environment = await loopback();
    await using container = startContainer(image, { environment });
    const { port } = JSON.parse(await container.line('"serving"'));
    expect(await look(port)).toMatchObject({ status: 400, subject: "sallyport self-signed" });
    expect(await uidsBelow(container.pid)).toEqual([1000]);
    const asked = startContainer(image, { environment, command: ["health"] });
    expect((await asked.ended).code).toBe(0);
    container.stop();
    expect((await container.ended).code).toBe(0);
  });

  test("a root of which nothing can be written is enough", async () => {
    await using container = startContainer(image, { environment: await loopback(), readOnly: true });
    const { port } = JSON.parse(await container.line('"serving"'));
    expect((await look(port)).status).toBe(400);
  });

  test("what compose.yaml leaves of root is enough, to keep the certificate made here as well", async () => {
    const capabilities = await composeCapabilities();
    await rm(join(image.rootfs, "var/lib/sallyport/self-signed.key"), { force: true });
    const shown = [];
    for (const _ of ["first", "second"]) {
      await using container = startContainer(image, { environment: await loopback(), capabilities });
      const { port } = JSON.parse(await container.line('"serving"'));
      expect(await uidsBelow(container.pid)).toEqual([1000]);
      shown.push((await look(port)).fingerprint);
      container.stop();
      expect((await container.ended).code).toBe(0);
    }
    expect(shown[1]).toBe(shown[0]);
  });

  test("nor does compose.yaml take from root what a backup and a look at the trail need", async () => {
    const environment = { ...(await loopback()), AUDIT_KEY };
    await using container = startContainer(image, { environment, capabilities: await composeCapabilities() });
    await container.line('"serving"');
    const beside = async (...command: string[]) =>
      startContainer(image, { environment, capabilities: await composeCapabilities(), command }).ended;
    const copy = "/var/lib/sallyport/copy.db";
    expect(await beside("store", "backup", copy)).toEqual({ code: 0, log: `${copy}\n` });
    expect(await beside("audit", "verify")).toMatchObject({ code: 0 });
    container.stop();
    expect((await container.ended).log).not.toContain("in memory only");
  });

  test("as any other user, by number, it serves and keeps its certificate", async () => {
    await using container = startContainer(image, { environment: await loopback(), user: "4711:0" });
    const { port } = JSON.parse(await container.line('"serving"'));
    expect((await look(port)).subject).toBe("sallyport self-signed");
    expect(await uidsBelow(container.pid)).toEqual([]);
    container.stop();
    expect((await container.ended).log).not.toContain("cannot be kept");
  });

  test("without a key it does not start and says how to make one", async () => {
    for (const value of ["", "changeme"]) {
      const container = startContainer(image, { environment: { ...(await loopback()), JWT_KEY: value } });
      const { code, log } = await container.ended;
      expect(code).toBe(1);
      expect(log).toContain("openssl rand -base64 48");
    }
  });

  describe("with files where the original's line mounts them, readable for root alone", () => {
    const files = ["origin.crt", "origin.key"] as const;
    beforeAll(async () => {
      const { cert, key } = await makeCertificate({ names: ["gw1.example.test"] });
      await writeFile(join(image.rootfs, "etc/ssl/origin.crt"), cert, { mode: 0o600 });
      await writeFile(join(image.rootfs, "etc/ssl/origin.key"), key, { mode: 0o600 });
    });
    afterAll(() => Promise.all(files.map((file) => rm(join(image.rootfs, "etc/ssl", file)))));

    test("the parent reads them, and a worker without root's rights serves", async () => {
      await using container = startContainer(image, { environment: await loopback() });
      const { port } = JSON.parse(await container.line('"serving"'));
      expect((await look(port)).subject).toBe("gw1.example.test");
      expect(await uidsBelow(container.pid)).toEqual([1000]);
    });

    test("as another user it ends with 1 and names the user and the fix", async () => {
      const container = startContainer(image, { environment: await loopback(), user: "1000:1000" });
      const { code, log } = await container.ended;
      expect(code).toBe(1);
      expect(log).toContain("may not be read by user node (uid 1000)");
      expect(log).toContain("chown or chmod");
    });
  });
});
