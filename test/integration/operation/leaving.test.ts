import { once } from "node:events";
import { chmod } from "node:fs/promises";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { type Ground, get, openSocket, prepareGround, serveBefore } from "./support.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await prepareGround();
  await chmod(ground.folder, 0o777);
});
afterAll(() => ground[Symbol.asyncDispose]());

async function echoed(console: WebSocket, text: string): Promise<string> {
  const answer = once(console, "message");
  console.send(text);
  return String((await answer)[0]);
}

const NOBODY = 65534;
const unprivileged = process.getuid?.() === 0 ? NOBODY : undefined;

describe.each([
  ["one process", { DATA_DIR: "alone" }, unprivileged],
  ["two workers below a parent", { PROCESSES: "2" }, undefined],
])("SIGQUIT, %s", (_, settings, user) => {
  const start = (more: Record<string, string> = {}) => {
    const { DATA_DIR: name, ...others } = settings as Record<string, string>;
    const place = name === undefined ? {} : { DATA_DIR: `${ground.folder}/${name}` };
    return serveBefore(ground, { ...others, ...place, ...more }, user);
  };

  test("nobody new is taken, consoles and requests go on until they are over, and then it ends with 0", async () => {
    const { gateway, port, token } = await start();
    await using _gateway = gateway;
    const { adminPort } = await gateway.logged("serving");
    const before = ground.slow.waiting.length;
    const running = get(port, token, "/slow/left");
    await ground.slow.arrived(before + 1);
    const console = openSocket(ground.slow, port, token);
    await once(console, "open");
    gateway.signal("SIGQUIT");
    await gateway.logged("leaving: nobody new is taken, what is open goes on");
    await expect.poll(() => get(port, token, "/now").then(String, String)).toContain("ECONNREFUSED");
    expect((await fetch(`http://127.0.0.1:${adminPort}/readyz`)).status).toBe(503);
    expect(await echoed(console, "still here")).toBe("still here");
    for (const response of ground.slow.waiting.slice(before)) response.end("done");
    expect(await running).toEqual({ status: 200, body: "done" });
    expect(await echoed(console, "and now")).toBe("and now");
    console.close();
    expect((await gateway.ended).code).toBe(0);
  });

  test("after HANDOVER_SECONDS consoles close with 1001", async () => {
    const { gateway, port, token } = await start({ HANDOVER_SECONDS: "1" });
    await using _gateway = gateway;
    const console = openSocket(ground.slow, port, token);
    await once(console, "open");
    gateway.signal("SIGQUIT");
    const [code, reason] = await once(console, "close");
    expect([code, String(reason)]).toEqual([1001, "sallyport:draining"]);
    expect((await gateway.ended).code).toBe(0);
  });

  test("SIGTERM before it is a drain, and stays one", async () => {
    const { gateway, port, token } = await start({ DRAIN_SECONDS: "5" });
    await using _gateway = gateway;
    const before = ground.slow.waiting.length;
    const running = get(port, token, "/slow/drained");
    await ground.slow.arrived(before + 1);
    gateway.signal("SIGTERM");
    await gateway.logged("draining");
    gateway.signal("SIGQUIT");
    gateway.signal("SIGQUIT");
    for (const response of ground.slow.waiting.slice(before)) response.end("done");
    expect(await running).toEqual({ status: 200, body: "done" });
    expect((await gateway.ended).code).toBe(0);
  });

  test("what admins were denied meanwhile is in the trail", async () => {
    const { gateway } = await start();
    await using _gateway = gateway;
    const { adminPort } = await gateway.logged("serving");
    for (let count = 0; count < 3; count++) await fetch(`http://127.0.0.1:${adminPort}/sessions`);
    gateway.signal("SIGQUIT");
    const { code, out } = await gateway.ended;
    expect([code, out]).toEqual([0, expect.not.stringContaining("could not be recorded")]);
  });

  test("SIGTERM ends the wait", async () => {
    const { gateway, port, token } = await start();
    await using _gateway = gateway;
    const console = openSocket(ground.slow, port, token);
    await once(console, "open");
    gateway.signal("SIGQUIT");
    await gateway.logged("leaving: nobody new is taken, what is open goes on");
    expect(await echoed(console, "still here")).toBe("still here");
    gateway.signal("SIGTERM");
    const [code] = await once(console, "close");
    expect(code).toBe(1001);
    expect((await gateway.ended).code).toBe(0);
  });
});
