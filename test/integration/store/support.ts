import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { type Bytes, openRawClient, readFrame, startRawController } from "../../support/raw-websocket.ts";
import { startRedis } from "../../support/redis.ts";
import { mintToken } from "../../support/tokens.ts";

export interface Shared extends AsyncDisposable {
  /** What makes gateways use it. */
  readonly options: Pick<TestGatewayOptions, "dataDir" | "store">;
}

/** Something that two gateways can share: a folder, or a Redis. */
export const stores: readonly (readonly [name: string, start: () => Promise<Shared>])[] = [
  [
    "SQLite",
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), "sallyport-shared-"));
      return { options: { dataDir }, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }) };
    },
  ],
  [
    "Redis",
    async () => {
      const redis = await startRedis();
      const options = { store: { redisUrl: redis.url } };
      return { options, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
    },
  ],
];

/** Two gateways on one store, and a controller behind both. */
export interface Pair extends AsyncDisposable {
  readonly gateways: readonly [TestGateway, TestGateway];
  token(claims?: Parameters<typeof mintToken>[0]): Promise<string>;
  /** A console through the first or the second gateway. */
  console(gateway: 0 | 1, token: string): Promise<Console>;
}

export interface Console {
  readonly status: number;
  /** Code and reason of the close frame that comes next. */
  closing(): Promise<string>;
  /** Bytes still reach the controller. */
  passes(): Promise<boolean>;
  close(): void;
}

/** @param first what the first gateway has of its own, such as its own way to the store */
export async function startPair(
  shared: Shared,
  options: TestGatewayOptions = {},
  first: TestGatewayOptions = {},
): Promise<Pair> {
  await using undo = new AsyncDisposableStack();
  const controller = undo.use(await startRawController());
  const start = async (own = {}) => undo.use(await startTestGateway({ ...shared.options, ...options, ...own }));
  const gateways = [await start(first), await start()] as const;
  const parts = undo.move();
  return {
    gateways,
    token: (claims = {}) => mintToken({ port: controller.port, scheme: "http", ...claims }),
    async console(index, token) {
      const gateway = gateways[index];
      const { status, bytes } = await openRawClient({ gateway, token, port: controller.port });
      const far = status === 101 ? await controller.next() : undefined;
      return {
        status,
        closing: () => closing(bytes),
        passes: () => passes(bytes, far),
        close: () => void bytes.socket.destroy(),
      };
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Keep-alive pings come before it where the console was quiet for long. */
async function closing(bytes: Bytes): Promise<string> {
  for (;;) {
    const next = await readFrame(bytes);
    if (next.opcode !== PING) return `${next.payload.readUInt16BE(0)} ${next.payload.subarray(2)}`;
  }
}

const PING = 9;
/** A masked text frame of two bytes. */
const FRAME = Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x68, 0x68]);

async function passes(bytes: Bytes, far: Bytes | undefined): Promise<boolean> {
  bytes.socket.write(FRAME);
  return (await far?.take(FRAME.length))?.equals(FRAME) ?? false;
}
