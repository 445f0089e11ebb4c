import { expect, test } from "vitest";
import { makeCertificate } from "../../support/certificates.ts";
import { type Bytes, frame, openRawClient, startRawController } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";
import { GROWTH, PAYLOAD, payloadOf, startServing, TOTAL } from "./volume-support.ts";

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

test.each(["http", "https"])(
  "64 MiB both ways at once through one WebSocket, %s behind, to slow readers: byte-exact, memory flat",
  {
    timeout: 120_000,
  },
  async (scheme) => {
    const certificate = scheme === "https" ? await makeCertificate() : undefined;
    await using controller = await startRawController({ certificate });
    await using gateway = await startServing();
    const token = await mintToken({ port: controller.port, scheme });
    const options = { gateway, token, port: controller.port };
    const [{ bytes: client }, bmc] = await Promise.all([openRawClient(options), controller.next()]);
    const pause = (slow: Bytes) => async () => {
      gateway.measure();
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
    expect(gateway.growth).toBeLessThan(GROWTH);
  },
);
