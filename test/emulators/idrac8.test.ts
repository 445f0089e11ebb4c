import { describe, expect, test } from "vitest";
import { decodeApcp, encodeApcp, encodeLogin } from "./idrac8/apcp.ts";
import { type Idrac8, type Idrac8Options, startIdrac8 } from "./idrac8/idrac8.ts";
import { watchPage } from "./page-console.ts";
import { exchangeRaw, openRaw } from "./raw-client.ts";
import { idrac8Scenario } from "./scenarios/idrac8.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { visitIdrac8 } from "./visits.ts";

const STRICT = { exactPath: true, sixConnections: true } as const;

const counts = (controller: Idrac8) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: Idrac8Options = {}) {
  const controller = await startIdrac8(options);
  const visitor = new Visitor(direct(controller));
  const answer = await visitor.expect(200, "POST", "/data/login", { body: "user=root&password=calvin" });
  const [, st1 = "", st2 = ""] = /ST1=(\w+),ST2=(\w+)/.exec(answer.body.toString()) ?? [];
  /** Opens the console with a fresh log-in, or the given one. */
  const openConsole = async (given: { user?: string; password?: string; protocol?: string } = {}) => {
    const page = await visitor.fetch("GET", `/viewer.html?ST1=${st1}`);
    const launch = JSON.parse(/id="console">([^<]*)</.exec(page.body.toString())?.[1] ?? "{}");
    const socket = await visitor.open(`wss://${visitor.hostname}:${launch.port}/`, [
      given.protocol ?? "lws-dvc-protocol",
    ]);
    await socket.next();
    socket.send(encodeApcp(2, encodeLogin(given.user ?? launch.user, given.password ?? launch.password)));
    const result = decodeApcp(await socket.next());
    return { socket, result: result?.body[0], launch };
  };
  return { controller, visitor, st1, st2, openConsole, [Symbol.asyncDispose]: () => controller.close() };
}

test("a whole stay causes no rejection and leaves nothing behind, however strict", async () => {
  await using controller = await startIdrac8({ strict: STRICT });
  expect(await idrac8Scenario(direct(controller))).toEqual([]);
  await controller.until(() => controller.leaked() === 0);
  expect(counts(controller)).toEqual({});
  expect(controller.screen.pressed).toBe("k");
});

test("a browser logs in, launches the console on the second port, types, and logs out", async () => {
  await using controller = await startIdrac8();
  await using watched = await watchPage(controller);
  await visitIdrac8(watched);
  expect(controller.screen.pressed).toBe("iDRAC8");
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

describe("refused is", () => {
  test("a Host that is not its own, with 400", async () => {
    await using controller = await startIdrac8();
    const ask = (host: string) =>
      exchangeRaw(controller, `GET /start.html HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask("k7f3.example.com")).toMatch(/^HTTP\/1\.1 400 /);
    expect(counts(controller)).toEqual({ host: 1 });
  });

  test("a log-in with its fields the other way round, or wrong ones; the answer is 200 all the same", async () => {
    await using controller = await startIdrac8();
    const visitor = new Visitor(direct(controller));
    for (const body of ["password=calvin&user=root", "user=root&password=x"]) {
      const answer = await visitor.expect(200, "POST", "/data/login", { body });
      expect(answer.body.toString()).toContain("<authResult>1</authResult>");
    }
    expect(counts(controller)).toEqual({ "login-order": 1, credentials: 1 });
  });

  test("the ninth session", async () => {
    await using controller = await startIdrac8();
    for (let index = 0; index < 9; index += 1) {
      await new Visitor(direct(controller)).fetch("POST", "/data/login", { body: "user=root&password=calvin" });
    }
    expect(counts(controller)).toEqual({ "session-limit": 1 });
    expect(controller.leaked()).toBe(8);
  });

  test("/data without the cookie or the token ST2", async () => {
    await using running = await start();
    const { controller, visitor, st2 } = running;
    await visitor.expect(401, "POST", "/data?get=pwState", { body: "" });
    await visitor.expect(401, "POST", "/data?get=pwState", { body: "", headers: { ST2: "wrong" } });
    await new Visitor(direct(controller)).expect(401, "POST", "/data?get=pwState", { body: "", headers: { ST2: st2 } });
    expect(counts(controller)).toEqual({ st2: 2, unauthenticated: 1 });
  });

  test("a page without the cookie, a console without ST1: both lead to the log-in, with an absolute Location", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    const stranger = await new Visitor(direct(controller)).expect(302, "GET", "/index.html");
    expect(stranger.headers).toMatchObject({
      location: `${controller.url}/start.html`,
      "content-type": "application/x-gzip",
    });
    const viewer = await visitor.expect(302, "GET", "/viewer.html");
    expect(viewer.headers.location).toBe(`${controller.url}/login.html?console`);
    expect(counts(controller)).toEqual({ unauthenticated: 1, st1: 1 });
  });

  test("a file to who takes no gzip: it comes as gzip without saying so", async () => {
    await using controller = await startIdrac8();
    const head = `GET /login.html HTTP/1.1\r\nHost: ${controller.url.slice(8)}\r\nConnection: close\r\n\r\n`;
    const answer = await exchangeRaw(controller, head);
    expect(answer).toContain("Content-Type: application/x-gzip\r\n");
    expect(answer).toContain("\r\n\r\n\x1f\x8b");
    expect(answer).not.toContain("Content-Encoding");
    expect(answer).toContain("Strict-Transport-Security: max-age=63072000; includeSubDomains; preload");
    expect(counts(controller)).toEqual({ gzip: 1 });
  });

  test("a console with another sub-protocol", async () => {
    await using running = await start();
    await expect(running.openConsole({ protocol: "binary" })).rejects.toThrow("400");
    expect(counts(running.controller)).toEqual({ subprotocol: 1 });
  });

  test("a console log-in that is wrong, or used already", async () => {
    await using running = await start();
    const { openConsole, controller } = running;
    expect((await openConsole({ password: "0" })).result).toBe(1);
    const { launch, result } = await openConsole();
    expect(result).toBe(0);
    expect((await openConsole({ user: launch.user, password: launch.password })).result).toBe(1);
    expect(counts(controller)).toEqual({ "console-credentials": 2 });
  });

  test("a message that is no packet", async () => {
    await using running = await start();
    const { socket } = await running.openConsole();
    socket.send(Buffer.from("hello"));
    await running.controller.until(() => running.controller.websockets.size === 0);
    expect(counts(running.controller)).toEqual({ "console-protocol": 1 });
  });

  test("the seventh console, and the seventh that follows six lost ones", async () => {
    await using running = await start({ leakSlots: true });
    const { controller, openConsole } = running;
    const open = await Promise.all(Array.from({ length: 6 }, () => openConsole()));
    expect((await openConsole()).result).toBe(2);
    for (const { socket } of open.slice(1)) socket.websocket.terminate();
    await open[0]?.socket.close();
    await controller.until(() => controller.websockets.size === 0);
    // The session and the five that were cut; the one that was closed is free again.
    expect(controller.leaked()).toBe(6);
    expect((await openConsole()).result).toBe(0);
    expect((await openConsole()).result).toBe(2);
    expect(counts(controller)).toEqual({ "console-limit": 2 });
  });

  test("the seventh connection and a double slash, where it is to be that strict", async () => {
    await using lax = await start();
    expect((await lax.visitor.fetch("GET", "//login.html")).status).toBe(200);
    await using controller = await startIdrac8({ strict: STRICT });
    await new Visitor(direct(controller)).expect(404, "GET", "//login.html");
    expect(counts(controller)).toEqual({ "not-found": 1 });
    const opening = await Promise.allSettled(Array.from({ length: 7 }, () => openRaw(controller)));
    expect(opening.filter((one) => one.status === "rejected")).toHaveLength(1);
    expect(counts(controller)).toEqual({ "not-found": 1, connections: 1 });
  });
});

test("a machine that plays a film sends 40 kB packets beside its picture", async () => {
  await using running = await start({ bursts: { perSecond: 30 } });
  const { socket } = await running.openConsole();
  let large = 0;
  while (large < 3) if ((await socket.next()).length > 40_000) large += 1;
  await socket.close();
});
