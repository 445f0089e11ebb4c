import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCommand } from "../../support/process.ts";
import { type Bytes, frame, openRawClient, startRawController } from "../../support/raw-websocket.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

const MIB = 1024 * 1024;
const TOTAL = 64 * MIB;
const PAYLOAD = 16 * 1024;
const GROWTH = 32 * MIB;

/** Bytes that tell their place: the four-byte words count up from the frame's number. */
function payloadOf(index: number): Buffer {
  const payload = Buffer.allocUnsafe(PAYLOAD);
  for (let at = 0; at < PAYLOAD; at += 4) payload.writeUInt32LE((index * PAYLOAD + at) >>> 0, at);
  return payload;
}

async function send(bytes: Bytes, masked: boolean): Promise<void> {
  for (let index = 0; index * PAYLOAD < TOTAL; index++) {
    if (bytes.socket.write(frame(2, payloadOf(index), { masked }))) continue;
    await new Promise((resolve) => bytes.socket.once("drain", resolve));
  }
}

/** Reads what the other side sent and checks every byte; `pause` holds it back, as a slow reader does. */
async function receive(bytes: Bytes, masked: boolean, pause: () => Promise<void>): Promise<void> {
  const header = 4 + (masked ? 4 : 0);
  for (let index = 0; index * PAYLOAD < TOTAL; index++) {
    const whole = await bytes.take(header + PAYLOAD);
    const payload = whole.subarray(header);
    if (masked) for (let at = 0; at < PAYLOAD; at++) payload[at] = (payload[at] ?? 0) ^ (whole[4 + (at & 3)] ?? 0);
    if (!payload.equals(payloadOf(index))) throw new Error(`frame ${index} is not what was sent`);
    if (index % 64 === 0) await pause();
  }
}

/** Resident bytes of the gateway's processes. */
function resident(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return [String(pid), ...children]
    .map((one) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1] ?? 0) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);
}

test("64 MiB both ways at once through one WebSocket, to slow readers: byte-exact, memory flat", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-volume-"));
  await using controller = await startRawController();
  await using gateway = startCommand(["serve"], {
    environment: {
      JWT_KEY: TEST_SECRET,
      LISTEN: "127.0.0.1:0",
      ADMIN_LISTEN: "127.0.0.1:0",
      ALLOWED_TARGETS: "127.0.0.0/8",
      DETECT_PLATFORMS: "false",
      DATA_DIR: folder,
    },
  });
  try {
    const { port } = await gateway.logged("serving");
    const ca = readFileSync(join(folder, "self-signed.crt"), "utf8");
    const token = await mintToken({ port: controller.port, scheme: "http" });
    const options = { gateway: { port: Number(port), ca }, token, port: controller.port };
    const [{ bytes: client }, bmc] = await Promise.all([openRawClient(options), controller.next()]);
    const before = resident(gateway.pid);
    let peak = before;
    const pause = (slow: Bytes) => async () => {
      peak = Math.max(peak, resident(gateway.pid));
      slow.socket.pause();
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      slow.socket.resume();
    };
    await Promise.all([
      send(client, true),
      send(bmc, false),
      receive(client, false, pause(client)),
      receive(bmc, true, pause(bmc)),
    ]);
    expect(peak - before).toBeLessThan(GROWTH);
  } finally {
    await rm(folder, { recursive: true });
  }
});
