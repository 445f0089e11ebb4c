import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { TestGateway } from "../support/gateway.ts";
import { call } from "../support/http-client.ts";
import { OK, startRawServer } from "../support/raw-http.ts";
import { mintToken } from "../support/tokens.ts";
import { type Clock, fromEdge, startProven } from "./from-edge.ts";

const LIMITS = { entriesPerClient: 3 };

async function startCapped(web: Parameters<typeof startProven>[1] = {}) {
  await using undo = new AsyncDisposableStack();
  const controller = undo.use(await startRawServer(() => OK));
  const clock: Clock = { now: Date.now() / 1000 };
  const gateway = undo.use(await startProven(clock, { limits: LIMITS, ...web }));
  const parts = undo.move();
  return {
    ...{ clock, gateway },
    link: () => mintToken({ port: controller.port, scheme: "http", jti: randomUUID() }),
    ask: (token: string, client: string) => fromEdge(gateway, { token, client, now: clock.now }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

describe("one client address opens so many sessions in a minute", () => {
  test("the next is told to come later; sessions that run and other clients are not", async () => {
    await using capped = await startCapped();
    const { ask, link, clock, gateway } = capped;
    const [running, waiting] = [await link(), await link()];
    for (const token of [running, await link(), await link()]) expect((await ask(token, "192.0.2.1")).status).toBe(200);
    const refused = await ask(waiting, "192.0.2.1");
    expect([refused.status, refused.headers["retry-after"], refused.body]).toEqual([
      429,
      "5",
      '{"error":"Too many attempts, try again later"}',
    ]);
    expect(await gateway.nextDenial()).toBe("entries-limited");
    expect(await counted(gateway, "entries-limited")).toBe(1);
    expect((await ask(running, "192.0.2.1")).status).toBe(200);
    expect((await ask(waiting, "192.0.2.2")).status).toBe(200);
    clock.now += 20;
    expect((await ask(await link(), "192.0.2.1")).status).toBe(200);
    expect((await ask(await link(), "192.0.2.1")).status).toBe(429);
  });

  test("a client that changes its address within its network is the same one", async () => {
    await using capped = await startCapped();
    const { ask, link } = capped;
    for (const client of ["2001:db8::1", "2001:db8::2", "2001:db8::3"]) {
      expect((await ask(await link(), client)).status).toBe(200);
    }
    expect((await ask(await link(), "2001:db8::4")).status).toBe(429);
    expect((await ask(await link(), "2001:db8:0:1::4")).status).toBe(200);
  });

  test("links that work once are counted when they are used up", async () => {
    await using capped = await startCapped({ web: { sessionKeys: ["a-session-key-for-tests-of-32-bytes-x"] } });
    const { gateway, clock, link } = capped;
    const use = async (client: string) => {
      const asked = { token: await link(), client, now: clock.now, method: "POST", path: "/gpsession/use" };
      return (await fromEdge(gateway, asked)).status;
    };
    for (let count = 0; count < 3; count++) expect(await use("192.0.2.1")).toBe(204);
    expect([await use("192.0.2.1"), await use("192.0.2.2")]).toEqual([429, 204]);
  });

  test("an address that no proven edge names is not counted", async () => {
    await using capped = await startCapped({ web: { edge: { keys: [], ca: undefined } } });
    const { gateway, link } = capped;
    const ask = async () => {
      const headers = {
        cookie: `pm-session=${await link()}`,
        "x-pm-host": "127.0.0.1",
        "cf-connecting-ip": "192.0.2.1",
      };
      return (await call(`https://127.0.0.1:${gateway.port}`, "/", { ca: gateway.ca, headers })).status;
    };
    for (let count = 0; count < 5; count++) expect(await ask()).toBe(200);
  });
});

async function counted(gateway: TestGateway, reason: string): Promise<number | undefined> {
  const metrics = await gateway.metrics.snapshot();
  const decisions = metrics.find(({ name }) => name === "sallyport_decisions_total");
  return decisions?.values.find(({ labels }) => labels.reason === reason)?.value;
}
