import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { writeShared } from "../../src/pools/shared-reads.ts";

const CHUNK = 1024;
/** More than the kernel takes of a reader that stands still. */
const CHUNKS = 16 * 1024;

interface Pair extends AsyncDisposable {
  readonly sink: Socket;
  /** Reads nothing until it is asked to. */
  readonly reader: Socket;
}

async function pair(secure: boolean): Promise<Pair> {
  const { cert, key } = await makeCertificate();
  const server = secure ? createTlsServer({ cert, key }) : createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, secure ? "secureConnection" : "connection");
  const reader = secure
    ? connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false })
    : connect({ host: "127.0.0.1", port });
  reader.pause();
  const [sink] = (await accepted) as [Socket];
  return {
    sink,
    reader,
    async [Symbol.asyncDispose]() {
      sink.destroy();
      reader.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Whether each chunk holds its own number throughout. */
async function isWhole(reader: Socket): Promise<boolean> {
  let at = 0;
  let whole = true;
  for await (const piece of reader) {
    for (const byte of piece as Buffer) {
      whole &&= byte === Math.floor(at / CHUNK) % 251;
      at += 1;
    }
  }
  return whole && at === CHUNK * CHUNKS;
}

describe.each([
  ["TLS", true],
  ["a plain socket", false],
])("a buffer that is read into again after each write to %s", (_, secure) => {
  test("arrives as it was, however much of it waits", async () => {
    await using both = await pair(secure);
    const shared = Buffer.allocUnsafe(CHUNK);
    for (let index = 0; index < CHUNKS; index += 1) {
      shared.fill(index % 251);
      writeShared(both.sink, shared);
    }
    both.sink.end();
    expect(await isWhole(both.reader)).toBe(true);
  });

  test("arrives as it was where nothing waits", async () => {
    await using both = await pair(secure);
    const shared = Buffer.allocUnsafe(CHUNK);
    const read = isWhole(both.reader);
    for (let index = 0; index < CHUNKS; index += 1) {
      shared.fill(index % 251);
      writeShared(both.sink, shared);
      shared.fill(255);
      while (both.sink.writableLength > 0) await new Promise(setImmediate);
    }
    both.sink.end();
    expect(await read).toBe(true);
  });
});
