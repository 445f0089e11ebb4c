import { once } from "node:events";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { type Certificate, makeCertificate } from "../../../../test/support/certificates.ts";
import { collectGarbage } from "../../../../test/support/collect-garbage.ts";
import { openConnection } from "../../../../test/support/connection.ts";
import { SharedReads } from "../../src/pools/shared-reads.ts";
import { Splice } from "../../src/relay/splice.ts";
import { createTicker } from "../../src/relay/ticker.ts";
import { WebSocketBridge } from "../../src/relay/websocket.ts";

type Counts = { received: number; sent: number };

/** What is made of both sides' sockets, in the order in which the caller has them; `onEnd` and `counts` refer to all of it. */
type Relay = (sides: { client: Socket; far: Socket; reads: SharedReads; counts: Counts; onEnd: () => void }) => void;

/** Whoever still refers to a connection that was relayed, once it is over, beside its two sockets. */
async function relayed(
  relay: Relay,
  certificate?: Certificate,
): Promise<{ sockets: readonly Socket[]; counts: WeakRef<Counts> }> {
  const reads = new SharedReads();
  await using near = await openConnection({ certificate, allowHalfOpen: true });
  await using beyond = await openConnection({ certificate, allowHalfOpen: true, onread: reads.onread });
  const { dialled: browser, accepted: client } = near;
  const { dialled: far, accepted: controller } = beyond;
  const counts = { received: 0, sent: 0 };
  const over = Promise.withResolvers<void>();
  relay({ client, far, reads, counts, onEnd: () => over.resolve(void counts) });
  browser.write(HELLO);
  expect((await once(controller, "data"))[0]).toEqual(HELLO);
  controller.write(ANSWER);
  expect((await once(browser, "data"))[0]).toEqual(ANSWER);
  browser.end();
  controller.end();
  await over.promise;
  expect(counts).toEqual({ received: HELLO.length, sent: ANSWER.length });
  return { sockets: [client, far], counts: new WeakRef(counts) };
}

const HELLO = Buffer.from([0x82, 0x82, 0, 0, 0, 0, 1, 2]);
const ANSWER = Buffer.from([0x82, 1, 3]);

const relays: Readonly<Record<string, Relay>> = {
  "a console": ({ client, far, reads, counts, onEnd }) => {
    const limits = { maxPayload: 1 << 20, idleTicks: 0, keepAliveTicks: 0 };
    const sides = { client, controller: far, controllerReads: reads };
    const bridge = new WebSocketBridge({ ...sides, counts, limits, onEnd, ticker: createTicker(60_000) });
    bridge.begin(Buffer.alloc(0), Buffer.alloc(0));
  },
  "a TCP connection": ({ client, far, reads, counts, onEnd }) => {
    const side = (socket: Socket) => ({ socket, reset: () => socket.resetAndDestroy() });
    const sides = { client: side(client), upstream: side(far) };
    new Splice({ ...sides, reads, counts, onEnd, idleTicks: 0, ticker: createTicker(60_000) });
  },
};

describe.each(Object.entries(relays))("%s that is over", (_, relay) => {
  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await makeCertificate({ key: "ec-p256" });
  });

  test.each([["plain"], ["TLS"]])("is free, though its closed sockets are not (%s)", async (transport) => {
    const { sockets, counts } = await relayed(relay, transport === "TLS" ? certificate : undefined);
    // What this turn has touched stays until the next one.
    await new Promise(setImmediate);
    collectGarbage();
    expect(counts.deref()).toBeUndefined();
    for (const socket of sockets) {
      expect(socket.closed).toBe(true);
      socket.emit("error", new Error("behind its close"));
    }
  });
});
