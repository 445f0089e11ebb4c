import { once } from "node:events";
import { chmod, readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Command } from "../../support/process.ts";
import { type Ground, get, openSocket, prepareGround, type Served, type Slow, serveBefore } from "./support.ts";

let ground: Ground;
let slow: Slow;
beforeAll(async () => {
  ground = await prepareGround();
  slow = ground.slow;
});
afterAll(() => ground[Symbol.asyncDispose]());

function serve(more?: Record<string, string>, user?: number): Promise<Served> {
  return serveBefore(ground, more, user);
}

describe.each([
  ["one worker below a parent", {}],
  ["two workers", { PROCESSES: "2" }],
])("SIGTERM during traffic, %s", (_, more) => {
  test("no request is cut that ends in time, WebSockets close with 1001, exit 0", async () => {
    const { gateway, port, token } = await serve(more);
    await using _gateway = gateway;
    const before = slow.waiting.length;
    const running = Array.from({ length: 5 }, (_, index) => get(port, token, `/slow/${index}`));
    const socket = openSocket(slow, port, token);
    await once(socket, "open");
    await slow.arrived(before + 5);
    const closed = once(socket, "close");
    gateway.signal("SIGTERM");
    await gateway.logged("draining");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([1001, "sallyport:draining"]);
    for (const response of slow.waiting.slice(before)) response.end("done");
    for (const answer of await Promise.all(running)) expect(answer).toEqual({ status: 200, body: "done" });
    expect((await gateway.ended).code).toBe(0);
  });

  test("what does not end in time is cut, and the exit is still 0", async () => {
    const { gateway, port, token } = await serve({ ...more, DRAIN_SECONDS: "1" });
    await using _gateway = gateway;
    const before = slow.waiting.length;
    const running = get(port, token, "/slow/never");
    await slow.arrived(before + 1);
    gateway.signal("SIGTERM");
    await expect(running).rejects.toThrow();
    expect((await gateway.ended).code).toBe(0);
  });

  test("a request on a kept connection is still served while draining, and a new connection is refused", async () => {
    const { gateway, port, token } = await serve(more);
    await using _gateway = gateway;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await get(port, token, "/now", agent)).toEqual({ status: 200, body: "now" });
    gateway.signal("SIGTERM");
    await gateway.logged("draining");
    expect(await get(port, token, "/now", agent)).toEqual({ status: 200, body: "now" });
    agent.destroy();
    expect((await gateway.ended).code).toBe(0);
    await expect(get(port, token, "/now")).rejects.toThrow("ECONNREFUSED");
  });
});

test("a worker that dies is replaced, and metrics and readiness speak for all", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const { adminPort } = await gateway.logged("serving");
  const admin = async (path: string) => fetch(`http://127.0.0.1:${adminPort}${path}`);
  await get(port, token, "/now");
  expect((await admin("/readyz")).status).toBe(200);
  const metrics = await (await admin("/metrics")).text();
  expect(metrics).toContain('sallyport_decisions_total{reason="allow"} 1');
  const [, expiry] = /^sallyport_certificate_expiry_timestamp_seconds (\d+)/m.exec(metrics) ?? [];
  expect(Number(expiry)).toBeGreaterThan(Date.now() / 1000);
  const [victim] = (await readFile(`/proc/${gateway.pid}/task/${gateway.pid}/children`, "utf8")).trim().split(" ");
  process.kill(Number(victim), "SIGKILL");
  await gateway.logged("a worker process died and is replaced");
  await expect.poll(async () => (await admin("/readyz")).status, { timeout: 10_000 }).toBe(200);
  expect((await get(port, token, "/now")).status).toBe(200);
  gateway.signal("SIGTERM");
  expect((await gateway.ended).code).toBe(0);
});

async function childrenOf({ pid }: Command): Promise<string[]> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ");
}

test("SIGTERM ends a hand-over: consoles close with 1001 at once, requests have their time, exit 0", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const before = slow.waiting.length;
  const running = get(port, token, "/slow/handed-over");
  await slow.arrived(before + 1);
  const socket = openSocket(slow, port, token);
  await once(socket, "open");
  gateway.signal("SIGUSR2");
  await gateway.logged("workers were replaced");
  // Of the former two one may have had nothing to stay for.
  expect((await childrenOf(gateway)).length).toBeGreaterThan(2);
  const closed = once(socket, "close");
  gateway.signal("SIGTERM");
  const [code, reason] = await closed;
  expect([code, String(reason)]).toEqual([1001, "sallyport:draining"]);
  for (const response of slow.waiting.slice(before)) response.end("done");
  expect(await running).toEqual({ status: 200, body: "done" });
  expect((await gateway.ended).code).toBe(0);
});

test("counters go on where workers are replaced", async () => {
  const { gateway, port, token } = await serve({ PROCESSES: "2" });
  await using _gateway = gateway;
  const { adminPort } = await gateway.logged("serving");
  const allowed = async () => {
    const text = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
    return Number(/^sallyport_decisions_total\{reason="allow"\} (\d+)$/m.exec(text)?.[1]);
  };
  for (let n = 0; n < 4; n++) await get(port, token, "/now");
  expect(await allowed()).toBe(4);
  const former = await childrenOf(gateway);
  gateway.signal("SIGUSR2");
  await expect
    .poll(async () => (await childrenOf(gateway)).filter((pid) => former.includes(pid)), { timeout: 20_000 })
    .toEqual([]);
  await get(port, token, "/now");
  await expect.poll(allowed).toBe(5);
});

const NOBODY = 65534;

test("where there is no worker to replace, the log says what to do, and it serves on", async () => {
  const isRoot = process.getuid?.() === 0;
  await chmod(ground.folder, 0o777);
  const { gateway, port, token } = await serve({ DATA_DIR: join(ground.folder, "alone") }, isRoot ? NOBODY : undefined);
  await using _gateway = gateway;
  gateway.signal("SIGUSR2");
  await gateway.wrote(/there is no worker process to replace: set PROCESSES to 2 or more, or start as root/);
  expect(await get(port, token, "/now")).toEqual({ status: 200, body: "now" });
});
