import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { makeCertificate } from "../../../../test/support/certificates.ts";
import { openConnection } from "../../../../test/support/connection.ts";
import { breakOff } from "../../src/relay/break-off.ts";

/** How a connection ends for its peer, which reads to the end. */
function ending(peer: Socket): Promise<string> {
  return new Promise((resolve) => {
    peer.on("end", () => resolve("end"));
    peer.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    peer.on("close", () => resolve("cut"));
    peer.resume();
  });
}

test("a connection that is broken off is no end for its peer", async () => {
  await using connection = await openConnection({ allowHalfOpen: true });
  const { dialled, accepted } = connection;
  const peer = ending(accepted);
  breakOff(dialled);
  breakOff(dialled);
  await once(dialled, "close");
  expect(await peer).toBe("ECONNRESET");
});

test("nor where its end was to be said behind bytes that wait", async () => {
  await using connection = await openConnection({ allowHalfOpen: true });
  const { dialled, accepted } = connection;
  do {
    dialled.write(Buffer.alloc(1 << 20));
    await new Promise(setImmediate);
  } while (dialled.writableLength === 0);
  dialled.end();
  expect(dialled.writableLength).toBeGreaterThan(0);
  breakOff(dialled);
  await once(dialled, "close");
  expect(await ending(accepted)).toBe("ECONNRESET");
});

test("where its end is just being said it is closed all the same", async () => {
  await using connection = await openConnection({ allowHalfOpen: true });
  const { dialled, accepted } = connection;
  const peer = ending(accepted);
  dialled.end();
  await new Promise(process.nextTick);
  expect(dialled.writableFinished).toBe(false);
  breakOff(dialled);
  await once(dialled, "close");
  expect(["end", "ECONNRESET"]).toContain(await peer);
});

test("so is what carries TLS whose end is just being said", async () => {
  const { cert, key } = await makeCertificate();
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const carrier = once(server, "connection");
  const peer = connectTls({
    socket: connect((server.address() as AddressInfo).port, "127.0.0.1"),
    rejectUnauthorized: false,
  });
  const [raw] = (await carrier) as [Socket];
  const secure = new TLSSocket(raw, { isServer: true, cert, key });
  secure.on("error", () => secure.destroy());
  await once(secure, "secure");
  const ended = ending(peer);
  // The same turn of the event loop in which the kernel is asked: it is not done yet.
  const asked = new Promise<void>((resolve) => {
    const final = secure._final;
    secure._final = (done) => {
      final.call(secure, done);
      process.nextTick(resolve);
    };
  });
  secure.end("all of it");
  await asked;
  expect(secure.writableFinished).toBe(false);
  breakOff(raw, secure);
  await once(raw, "close");
  await ended;
  server.close();
});
