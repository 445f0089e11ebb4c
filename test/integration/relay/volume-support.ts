import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCommand } from "../../support/process.ts";
import { TEST_SECRET } from "../../support/tokens.ts";

const MIB = 1024 * 1024;
/** So much goes through each relay path. */
export const TOTAL = 64 * MIB;
/** Sent at a time. */
export const PAYLOAD = 16 * 1024;
/** How much larger a gateway may be while a slow reader holds all of it up. */
export const GROWTH = 32 * MIB;

/** Bytes that tell their place: the four-byte words count up from the payload's number. */
export function payloadOf(index: number): Buffer {
  const payload = Buffer.allocUnsafe(PAYLOAD);
  for (let at = 0; at < PAYLOAD; at += 4) payload.writeUInt32LE((index * PAYLOAD + at) >>> 0, at);
  return payload;
}

/** The gateway as it is started in production, in a process of its own. */
export interface ServingGateway extends AsyncDisposable {
  readonly port: number;
  readonly ca: string;
  /** Looks at how large it is. */
  measure(): void;
  /** How much larger than at first it was at its largest, in bytes. */
  readonly growth: number;
}

export async function startServing(): Promise<ServingGateway> {
  await using undo = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-volume-"));
  undo.defer(() => rm(folder, { recursive: true }));
  const command = undo.use(
    startCommand(["serve"], {
      environment: {
        JWT_KEY: TEST_SECRET,
        LISTEN: "127.0.0.1:0",
        ADMIN_LISTEN: "127.0.0.1:0",
        ALLOWED_TARGETS: "127.0.0.0/8",
        DETECT_PLATFORMS: "false",
        DATA_DIR: folder,
      },
    }),
  );
  const { port } = await command.logged("serving");
  const ca = readFileSync(join(folder, "self-signed.crt"), "utf8");
  const before = resident(command.pid);
  let peak = before;
  const parts = undo.move();
  return {
    port: Number(port),
    ca,
    measure: () => {
      peak = Math.max(peak, resident(command.pid));
    },
    get growth() {
      return peak - before;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Resident bytes of the gateway's processes. */
function resident(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
  return [String(pid), ...children]
    .map((one) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${one}/status`, "utf8"))?.[1] ?? 0) * 1024)
    .reduce((sum, bytes) => sum + bytes, 0);
}
