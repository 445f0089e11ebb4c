import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { listen, stopper } from "./core/listening.ts";
import { OpenBmcClient, type OpenSocket } from "./openbmc/client.ts";
import { KVM_MESSAGE_BYTES, KVM_SESSIONS } from "./openbmc/kvm.ts";
import { type OpenBmcOptions, startOpenBmc } from "./openbmc/openbmc.ts";

async function start(options: OpenBmcOptions = {}) {
  const stack = new AsyncDisposableStack();
  const bmc = stack.use(await startOpenBmc(options));
  const client = stack.use(new OpenBmcClient(bmc));
  const { cookie, csrf, token } = await client.logIn();
  const kvm = () => client.open("/kvm/0", { protocols: [csrf], headers: { cookie } });
  return { bmc, client, cookie, csrf, token, kvm, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A TCP service that sends back what it gets, in place of the VNC server. */
async function startEcho() {
  const server = createServer((socket) => socket.pipe(socket));
  const stop = stopper(server);
  return { host: "127.0.0.1", port: await listen(server, "127.0.0.1", 0), [Symbol.asyncDispose]: stop };
}

/** Everything that has come as text, once the wanted text is in it. */
async function readUntil(socket: OpenSocket, wanted: string): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) text += (await socket.next()).toString();
  return text;
}

async function closing({ websocket }: OpenSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(websocket, "close");
  return { code, reason: String(reason) };
}

describe("the handshake of a WebSocket", () => {
  test("with the CSRF token as its only sub-protocol is accepted, and the token echoed", async () => {
    await using running = await start();
    const socket = await running.kvm();
    expect(socket.websocket.protocol).toBe(running.csrf);
    expect((await socket.next()).toString()).toBe("RFB 003.008\n");
    socket.websocket.close();
    await running.bmc.until(() => running.bmc.websockets.size === 0);
    expect(running.bmc.rejections.size).toBe(0);
  });

  test.each([
    ["none", () => []],
    ["another", () => ["binary"]],
    ["the token and another", (csrf: string) => [csrf, "binary"]],
  ])("with a cookie and %s is refused with 401", async (_name, protocols) => {
    await using running = await start();
    const { client, cookie, csrf } = running;
    const opening = client.open("/kvm/0", { protocols: protocols(csrf), headers: { cookie } });
    await expect(opening).rejects.toThrow("401");
    expect(Object.fromEntries(running.bmc.rejections)).toEqual({ subprotocol: 1 });
    expect(running.bmc.journal.last("/kvm/0")).toMatchObject({ status: 401, rejection: "subprotocol" });
  });

  test("without a log-in is refused with 401", async () => {
    await using running = await start();
    await expect(running.client.open("/kvm/0", { protocols: [running.csrf] })).rejects.toThrow("401");
    expect(Object.fromEntries(running.bmc.rejections)).toEqual({ unauthenticated: 1 });
  });

  test("by X-Auth-Token needs no sub-protocol while the session has not been used by cookie", async () => {
    await using running = await start();
    const headers = { "X-Auth-Token": running.token };
    const socket = await running.client.open("/console/default", { headers });
    socket.websocket.close();
    await closing(socket);
    await running.client.send("GET", "/redfish/v1/Systems", { headers: { cookie: running.cookie } });
    await expect(running.client.open("/console/default", { headers })).rejects.toThrow("401");
  });

  test("for a path that is none is refused with 404", async () => {
    await using running = await start();
    await expect(running.client.open("//kvm/0", { protocols: [running.csrf] })).rejects.toThrow("404");
    expect(running.bmc.rejections.get("not-found")).toBe(1);
  });

  test("must come from the controller's own origin where that is required", async () => {
    await using running = await start({ requireOrigin: true });
    const { bmc, client, cookie, csrf } = running;
    const open = (origin: string) => client.open("/kvm/0", { protocols: [csrf], headers: { cookie, origin } });
    await expect(running.kvm()).rejects.toThrow("403");
    await expect(open("https://k7f3.example.com")).rejects.toThrow("403");
    expect(bmc.rejections.get("origin")).toBe(2);
    (await open(bmc.url)).websocket.close();
  });
});

describe("the KVM console", () => {
  test("carries bytes both ways", async () => {
    await using vnc = await startEcho();
    await using running = await start({ vnc });
    const socket = await running.kvm();
    const sent = Buffer.alloc(KVM_MESSAGE_BYTES, "k");
    socket.websocket.send(sent);
    expect(await socket.next()).toEqual(sent);
  });

  test("closes at a client message of more than 1024 bytes", async () => {
    await using vnc = await startEcho();
    await using running = await start({ vnc });
    const socket = await running.kvm();
    socket.websocket.send(Buffer.alloc(KVM_MESSAGE_BYTES + 1));
    expect(await closing(socket)).toEqual({ code: 1000, reason: "Buffer overrun" });
    expect(running.bmc.rejections.get("message-bytes")).toBe(1);
  });

  test("has four slots, and a closed one is free again", async () => {
    await using running = await start();
    const open = await Promise.all(Array.from({ length: KVM_SESSIONS }, () => running.kvm()));
    const fifth = await running.kvm();
    expect(await closing(fifth)).toEqual({ code: 1000, reason: "Max sessions are already connected" });
    expect(running.bmc.rejections.get("kvm-limit")).toBe(1);

    open[0]?.websocket.close();
    await running.bmc.until(() => running.bmc.websockets.size === KVM_SESSIONS - 1);
    const again = await running.kvm();
    expect((await again.next()).toString()).toBe("RFB 003.008\n");
  });

  test("is pinged while it is open", async () => {
    await using running = await start({ limits: { pingMs: 20 } });
    const { websocket } = await running.kvm();
    await once(websocket, "ping");
  });

  test("closes when the screen goes away", async () => {
    const vnc = await startEcho();
    await using running = await start({ vnc });
    const socket = await running.kvm();
    await vnc[Symbol.asyncDispose]();
    expect((await closing(socket)).reason).toBe("Error in connecting to KVM port");
  });

  test("counts as a leak until both it and the session are given back", async () => {
    await using running = await start();
    const socket = await running.kvm();
    expect(running.bmc.leaked()).toBe(2);
    const { cookie, csrf } = running;
    await running.client.send("POST", "/logout", { headers: { cookie, "X-XSRF-TOKEN": csrf } });
    expect(running.bmc.leaked()).toBe(1);
    socket.websocket.terminate();
    await running.bmc.until(() => running.bmc.leaked() === 0);
  });
});

test("the serial console echoes, edits and answers", async () => {
  await using running = await start({ now: () => Date.UTC(2026, 10, 21, 12) });
  const { client, cookie, csrf } = running;
  const socket = await client.open("/console/default", { protocols: [csrf], headers: { cookie } });
  const say = (line: string) => socket.websocket.send(Buffer.from(line));
  await readUntil(socket, "# ");
  say("echo helm\x7flo\r");
  expect(await readUntil(socket, "# ")).toBe("echo helm\b \blo\r\nhello\r\nroot@k7f3:~# ");
  say("date\r");
  expect(await readUntil(socket, "# ")).toContain("Sat, 21 Nov 2026 12:00:00 GMT");
  say("power off\r");
  expect(await readUntil(socket, "# ")).toContain("Machine power is Off.");
  say("reboot\r");
  expect(await readUntil(socket, "# ")).toContain("reboot: not found");
});
