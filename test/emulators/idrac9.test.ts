import { describe, expect, test } from "vitest";
import { ensureDebianPackages } from "../support/packages.ts";
import { startXvnc, XVNC_PACKAGES } from "../support/xvnc.ts";
import { ManualClock } from "./core/clock.ts";
import { HEARTBEAT, WINDOW_CLOSE } from "./idrac9/console.ts";
import { consoleAnswer, mediaAnswer } from "./idrac9/handshake.ts";
import { type Idrac9, type Idrac9Options, startIdrac9 } from "./idrac9/idrac9.ts";
import { watchPage } from "./page-console.ts";
import { exchangeRaw } from "./raw-client.ts";
import type { ConsoleSocket } from "./scenarios/console-socket.ts";
import { idrac9Scenario } from "./scenarios/idrac9.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { visitIdrac9 } from "./visits.ts";

const SESSION = "/sysmgmt/2015/bmc/session";
const CREDENTIALS = { user: '"root"', password: '"calvin"' };

const counts = (controller: Idrac9) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: Idrac9Options = {}) {
  const controller = await startIdrac9(options);
  const visitor = new Visitor(direct(controller));
  const answer = await visitor.expect(201, "POST", SESSION, { headers: CREDENTIALS, body: "" });
  const headers = { "XSRF-TOKEN": String(answer.headers["xsrf-token"]) };
  const launch = async () => {
    const { body } = await visitor.expect(200, "GET", "/sysmgmt/2015/server/vconsole", { headers });
    const { searchParams } = new URL(JSON.parse(body.toString()).Location);
    return { first: searchParams.get("VCSID") ?? "", second: searchParams.get("VCSID2") ?? "" };
  };
  const openConsole = async () => {
    const keys = await launch();
    const socket = await visitor.open(`/vnc/vconsole?vck=${keys.first}`, ["binary"]);
    await socket.next();
    socket.send(consoleAnswer(keys.second));
    return socket;
  };
  return { controller, visitor, headers, launch, openConsole, [Symbol.asyncDispose]: () => controller.close() };
}

test.each([{}, { consoleOn: "console" }, { strict: { exactPath: true } }] as const)(
  "a whole stay causes no rejection and leaves nothing behind: %o",
  async (options) => {
    await using controller = await startIdrac9(options);
    expect(await idrac9Scenario(direct(controller))).toEqual([]);
    await controller.until(() => controller.leaked() === 0);
    expect(counts(controller)).toEqual({});
  },
);

test("a browser logs in, types on the server's real screen, disconnects, and logs out", async () => {
  await ensureDebianPackages(XVNC_PACKAGES);
  await using vnc = await startXvnc();
  await using controller = await startIdrac9({ vnc });
  await using watched = await watchPage(controller);
  await visitIdrac9(watched);
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

describe("refused is", () => {
  test("a Host that is not its own, with 400", async () => {
    await using controller = await startIdrac9();
    const answer = await exchangeRaw(
      controller,
      "GET / HTTP/1.1\r\nHost: k7f3.example.com\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(counts(controller)).toEqual({ host: 1 });
  });

  test.each([
    [400, "login-body", { headers: CREDENTIALS, body: "x" }],
    [401, "login-headers", { headers: { user: "root", password: "calvin" }, body: "" }],
    [401, "credentials", { headers: { ...CREDENTIALS, password: '"x"' }, body: "" }],
  ])("a log-in with %i as %s", async (status, reason, sent) => {
    await using controller = await startIdrac9();
    await new Visitor(direct(controller)).fetch("POST", SESSION, sent);
    expect(controller.journal.last(SESSION)?.status).toBe(status);
    expect(counts(controller)).toEqual({ [reason]: 1 });
  });

  test("the ninth session, with 503", async () => {
    await using controller = await startIdrac9();
    const logIn = () => new Visitor(direct(controller)).fetch("POST", SESSION, { headers: CREDENTIALS, body: "" });
    for (let index = 0; index < 8; index += 1) expect((await logIn()).status).toBe(201);
    expect((await logIn()).status).toBe(503);
    expect(counts(controller)).toEqual({ "session-limit": 1 });
  });

  test("a request without the cookie, or without its token in a header", async () => {
    await using running = await start();
    const { controller, visitor, headers } = running;
    const path = "/sysmgmt/2015/server/vconsole";
    await visitor.expect(401, "GET", path);
    await visitor.expect(401, "GET", path, { headers: { "XSRF-TOKEN": "wrong" } });
    await new Visitor(direct(controller)).expect(401, "GET", path, { headers });
    expect(counts(controller)).toEqual({ csrf: 2, unauthenticated: 1 });
  });

  test("a page to who takes no gzip: there is none", async () => {
    await using controller = await startIdrac9();
    const Host = controller.url.slice("https://".length);
    const head = `GET /restgui/start.html HTTP/1.1\r\nHost: ${Host}\r\nConnection: close\r\n\r\n`;
    expect(await exchangeRaw(controller, head)).toMatch(/^HTTP\/1\.1 404 /);
    expect(counts(controller)).toEqual({ gzip: 1 });
  });

  test("a console without its key (502), without the cookie (401), with another sub-protocol (400)", async () => {
    await using running = await start();
    const { controller, visitor, launch } = running;
    const path = `/vnc/vconsole?vck=${(await launch()).first}`;
    await expect(visitor.open("/vnc/vconsole", ["binary"])).rejects.toThrow("502");
    await expect(visitor.open("/vnc/vmedia?vmk=", ["binary"])).rejects.toThrow("502");
    await expect(new Visitor(direct(controller)).open(path, ["binary"])).rejects.toThrow("401");
    for (const protocols of [[], ["base64"], ["binary", "base64"]]) {
      await expect(visitor.open(path, protocols)).rejects.toThrow("400");
    }
    expect(counts(controller)).toEqual({ "vck-missing": 1, "vmk-missing": 1, unauthenticated: 1, subprotocol: 3 });
  });

  test("a key that is unknown, used or too old: the handshake succeeds and the socket closes", async () => {
    const clock = new ManualClock();
    await using running = await start({ clock });
    const { controller, visitor, launch } = running;
    const [used, old] = [await launch(), await launch()];
    (await visitor.open(`/vnc/vconsole?vck=${used.first}`, ["binary"])).websocket.terminate();
    await controller.until(() => controller.websockets.size === 0);
    clock.advance(60_001);
    for (const key of ["0".repeat(24), used.first, old.first]) {
      await (await visitor.open(`/vnc/vconsole?vck=${key}`, ["binary"])).closed();
    }
    expect(counts(controller)).toEqual({ "key-unknown": 3 });
  });

  test("a wrong answer to its greeting, and none within seven seconds", async () => {
    const clock = new ManualClock();
    await using running = await start({ clock });
    const { controller, visitor, launch } = running;
    const wrong = await visitor.open(`/vnc/vconsole?vck=${(await launch()).first}`, ["binary"]);
    wrong.send(consoleAnswer("0".repeat(24)));
    await wrong.closed();
    const silent = await visitor.open(`/vnc/vconsole?vck=${(await launch()).first}`, ["binary"]);
    await silent.next();
    clock.advance(6999);
    expect(counts(controller)).toEqual({ "handshake-key": 1 });
    clock.advance(1);
    await silent.closed();
    expect(counts(controller)).toEqual({ "handshake-key": 1, "handshake-timeout": 1 });
  });

  test("the seventh console, also where six closed without the farewell that frees a slot", async () => {
    await using running = await start();
    const { controller, openConsole } = running;
    const sockets: ConsoleSocket[] = [];
    for (let index = 0; index < 6; index += 1) {
      const socket = await openConsole();
      await socket.take(12);
      sockets.push(socket);
    }
    await (await openConsole()).closed();
    await Promise.all(sockets.map((socket) => socket.close()));
    await (await openConsole()).closed();
    expect(counts(controller)).toEqual({ "console-limit": 2 });
    await controller.until(() => controller.websockets.size === 0);
    expect(controller.leaked()).toBe(7);
  });

  test("a second virtual medium", async () => {
    await using running = await start();
    const { controller, visitor, launch } = running;
    const open = async () => {
      const keys = await launch();
      const socket = await visitor.open(`/vnc/vmedia?vmk=${keys.first}`, ["binary"]);
      return { socket, keys };
    };
    const { socket, keys } = await open();
    await socket.next();
    socket.send(mediaAnswer(keys));
    await (await open()).socket.closed();
    expect(counts(controller)).toEqual({ "media-limit": 1 });
    await socket.close();
  });

  test("a double slash, where it is to be that strict", async () => {
    await using lax = await startIdrac9();
    expect((await new Visitor(direct(lax)).fetch("GET", "//restgui/start.html")).status).toBe(200);
    await using strict = await startIdrac9({ strict: { exactPath: true } });
    expect((await new Visitor(direct(strict)).fetch("GET", "//restgui/start.html")).status).toBe(404);
  });
});

test("a farewell frees the slot, and neither it nor the heartbeat reaches the screen", async () => {
  await using running = await start();
  const { controller, openConsole } = running;
  for (let index = 0; index < 8; index += 1) {
    const socket = await openConsole();
    await socket.take(12);
    socket.send(HEARTBEAT);
    socket.send(WINDOW_CLOSE);
    await socket.close();
  }
  await controller.until(() => controller.websockets.size === 0);
  expect(controller.leaked()).toBe(1);
  expect(counts(controller)).toEqual({});
});

test("a program gets its keys by Redfish; without a licence the page gets no console", async () => {
  await using running = await start({ licensed: false });
  const { controller, visitor, headers } = running;
  const { body } = await visitor.expect(200, "GET", "/sysmgmt/2015/server/vconsole", { headers });
  expect(JSON.parse(body.toString())).toEqual({ Location: "" });
  const action = "DelliDRACCardService/Actions/DelliDRACCardService.GetKVMSession";
  const answer = await visitor.expect(200, "POST", `/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/${action}`, {
    headers: { "X-Auth-Token": headers["XSRF-TOKEN"] },
    body: "{}",
  });
  const keys = JSON.parse(answer.body.toString());
  const socket = await visitor.open(`/vnc/vconsole?vck=${keys.TempUsername}`, ["binary"]);
  await socket.next();
  socket.send(consoleAnswer(keys.TempPassword));
  expect((await socket.take(12)).toString()).toBe("RFB 003.008\n");
  expect(counts(controller)).toEqual({});
});
