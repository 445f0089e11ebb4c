import { once } from "node:events";
import { duplexPair } from "node:stream";
import { expect, test } from "vitest";
import { SharedReads } from "../../src/pools/shared-reads.ts";
import { createTicker } from "../../src/relay/ticker.ts";
import { type BridgeEnd, WebSocketBridge } from "../../src/relay/websocket.ts";

/** A bridge over streams in place of sockets, each side's far end, and what is counted. */
function bridge() {
  const [client, browser] = duplexPair();
  const [controller, bmc] = duplexPair();
  const counts = { received: 0, sent: 0 };
  const over = Promise.withResolvers<BridgeEnd>();
  const made = new WebSocketBridge({
    ...{ client, controller, counts, onEnd: over.resolve },
    controllerReads: SharedReads.of(controller),
    limits: { maxPayload: 1 << 20, idleTicks: 0, keepAliveTicks: 0 },
    ticker: createTicker(60_000),
  });
  made.begin(Buffer.alloc(0), Buffer.alloc(0));
  const hangUp = () => {
    browser.destroy();
    bmc.destroy();
    client.destroy();
    controller.destroy();
    return over.promise;
  };
  return { bridge: made, browser, bmc, counts, hangUp };
}

test("what still flows up to a boundary is counted when the end is called again, as a session's is behind a drain", async () => {
  const { bridge: made, browser, bmc, counts, hangUp } = bridge();
  const frame = Buffer.concat([Buffer.from([0x82, 100]), Buffer.alloc(100)]);
  bmc.write(frame.subarray(0, 40));
  await once(browser, "readable");
  made.end("draining");
  expect(counts.sent).toBe(40);
  bmc.write(frame.subarray(40, 90));
  while (browser.readableLength < 90) await new Promise(setImmediate);
  made.end("expired");
  expect(counts).toEqual({ received: 0, sent: 90 });
  expect((await hangUp()).reason).toBe("draining");
});
