import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ManualClock } from "./core/clock.ts";
import { encodeIvtp, encodeKey, encodeValidation, IVTP } from "./megarac/ivtp.ts";
import { type Megarac, type MegaracOptions, startMegarac } from "./megarac/megarac.ts";
import { WEB_SLOTS } from "./megarac/sessions.ts";
import { watchPage } from "./page-console.ts";
import { ConsoleSocket } from "./scenarios/console-socket.ts";
import { megaracScenario, type Viewer, viewerOf } from "./scenarios/megarac.ts";
import { megaracSpScenario } from "./scenarios/megarac-sp.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { visitMegarac, visitMegaracSp } from "./visits.ts";

const STRICT = { peerBoundToken: true, exactPath: true } as const;
const LOGIN = { body: "username=admin&password=K7F3-ami&certlogin=0" };

const counts = (controller: Megarac) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: MegaracOptions = {}) {
  const controller = await startMegarac(options);
  const visitor = new Visitor(direct(controller));
  const answer = await visitor.expect(200, "POST", "/api/session", LOGIN);
  const csrf: string = JSON.parse(answer.body.toString()).CSRFToken;
  const headers = { "X-CSRFTOKEN": csrf };
  const grant = async (): Promise<{ token: string; clientIp: string }> => {
    const { body } = await visitor.expect(200, "POST", "/api/kvm/token", { headers, body: "" });
    const { token, client_ip: clientIp } = JSON.parse(body.toString());
    return { token, clientIp };
  };
  const open = async () => viewerOf(await visitor.open("/kvm", ["binary"]));
  return { controller, visitor, csrf, headers, grant, open, [Symbol.asyncDispose]: () => controller.close() };
}

type Running = Awaited<ReturnType<typeof start>>;

/** Logs in over an open console; the status of the answer: 1 for yes. */
async function validate(viewer: Viewer, given: { token: string; clientIp: string; begin?: boolean }): Promise<number> {
  if (given.begin !== false) viewer.socket.send(encodeIvtp(IVTP.begin, 1));
  const body = encodeValidation({ ...given, username: "admin", mac: "" }, "127.0.0.1");
  viewer.socket.send(encodeIvtp(IVTP.validate, 0, body));
  for (;;) {
    const { command, status } = await viewer.next();
    if (command === IVTP.validated) return status;
  }
}

/** A console that shows the screen. */
async function watching({ grant, open }: Running): Promise<Viewer> {
  const viewer = await open();
  expect(await validate(viewer, await grant())).toBe(1);
  viewer.socket.send(encodeIvtp(IVTP.resumeVideo));
  return viewer;
}

test.each(["each", "split", "joined"] as const)(
  "a whole stay causes no rejection and leaves nothing behind, packets %s",
  async (packing) => {
    await using controller = await startMegarac({ strict: STRICT, packing });
    expect(await megaracScenario(direct(controller))).toEqual([]);
    await controller.until(() => controller.leaked() === 0);
    expect(counts(controller)).toEqual({});
    expect(controller.screen.pressed).toBe("k");
  },
);

test("a whole stay at the older firmware, whose answers are HTTP/1.0 and cut short", async () => {
  await using controller = await startMegarac({ generation: "sp" });
  expect(await megaracSpScenario(direct(controller))).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
  const headers = ["Host", "bmc"];
  const answer = await direct(controller).call({ method: "POST", path: "/rpc/WEBSES/create.asp", headers });
  expect(answer).toMatchObject({ status: 200, cut: true });
});

test("a browser signs in, types at a viewer that decodes in a worker, and signs out", async () => {
  await using controller = await startMegarac({ strict: STRICT });
  await using watched = await watchPage(controller);
  await visitMegarac(watched);
  expect(controller.screen.pressed).toBe("MegaRAC");
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

test("a browser uses the older firmware's page where its answers are mended", async () => {
  await using controller = await startMegarac({ generation: "sp", cutAnswers: false });
  await using watched = await watchPage(controller);
  await visitMegaracSp(watched);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

test("a browser cannot read the older firmware's answers as they are", async () => {
  await using controller = await startMegarac({ generation: "sp" });
  await using watched = await watchPage(controller);
  const { page } = watched;
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill("K7F3-ami");
  await page.getByRole("button", { name: "Login" }).click();
  await page.getByText("answer could not be read").waitFor();
});

describe("refused is", () => {
  test("a request without its token in a header, with a wrong one, or without the cookie", async () => {
    await using running = await start();
    const { controller, visitor, headers } = running;
    await visitor.expect(401, "GET", "/api/sensors");
    await visitor.expect(401, "GET", "/api/sensors", { headers: { "X-CSRFTOKEN": "wrong" } });
    await new Visitor(direct(controller)).expect(401, "GET", "/api/sensors", { headers });
    await visitor.expect(401, "POST", "/api/session", { body: "username=admin&password=x" });
    expect(counts(controller)).toEqual({ csrf: 2, unauthenticated: 1, credentials: 1 });
  });

  test("the 149th session of the page, with code 15000; Redfish still opens one", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    for (let index = 1; index < WEB_SLOTS; index += 1) {
      controller.sessions.open("admin", `orphan ${index}`, { pool: "page", csrf: "" });
    }
    const answer = await visitor.expect(401, "POST", "/api/session", LOGIN);
    expect(JSON.parse(answer.body.toString()).code).toBe(15_000);
    const body = JSON.stringify({ UserName: "admin", Password: "K7F3-ami" });
    await visitor.expect(201, "POST", "/redfish/v1/Sessions", { body });
    expect(counts(controller)).toEqual({ "session-limit": 1 });
    expect(controller.leaked()).toBe(WEB_SLOTS + 1);
  });

  test("a console from another origin or none, and without the cookie", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    const { port, ca } = controller;
    const Cookie = visitor.cookies.header("/");
    const open = (headers: Record<string, string>) =>
      ConsoleSocket.over(new WebSocket(`wss://127.0.0.1:${port}/kvm`, ["binary"], { ca, headers }));
    await expect(open({ Cookie })).rejects.toThrow("403");
    await expect(open({ Cookie, Origin: "https://k7f3.example.com" })).rejects.toThrow("403");
    await expect(open({ Origin: controller.url })).rejects.toThrow("401");
    expect(counts(controller)).toEqual({ origin: 2, unauthenticated: 1 });
  });

  test("a token that was used, another address than the one it was given to, and a log-in before its time", async () => {
    await using running = await start();
    const { controller, grant, open } = running;
    const used = await grant();
    expect(await validate(await open(), used)).toBe(1);
    expect(await validate(await open(), used)).toBe(0);
    expect(await validate(await open(), { ...(await grant()), clientIp: "203.0.113.9" })).toBe(0);
    expect(await validate(await open(), { ...(await grant()), begin: false })).toBe(0);
    expect(counts(controller)).toEqual({ "console-token": 1, "client-ip": 1, "console-order": 1 });
  });

  test("a packet that is none", async () => {
    await using running = await start();
    const viewer = await running.open();
    viewer.socket.send(encodeIvtp(0x7777));
    await viewer.socket.closed();
    expect(counts(running.controller)).toEqual({ "console-protocol": 1 });
  });

  test("a token from another address, where it is to be that strict", async () => {
    await using running = await start({ strict: STRICT });
    const { controller, visitor, grant } = running;
    const headers = { Cookie: visitor.cookies.header("/"), Origin: controller.url };
    const elsewhere = { ca: controller.ca, headers, localAddress: "127.0.0.3" };
    const socket = await ConsoleSocket.over(
      new WebSocket(`wss://127.0.0.1:${controller.port}/kvm`, ["binary"], elsewhere),
    );
    expect(await validate(viewerOf(socket), await grant())).toBe(0);
    expect(counts(controller)).toEqual({ "token-peer": 1 });
  });

  test("a serial line without the token in its query", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    await expect(visitor.open("/sol", ["binary"])).rejects.toThrow("401");
    await expect(visitor.open("/sol?CSRFTOKEN=wrong")).rejects.toThrow("401");
    expect(counts(controller)).toEqual({ "sol-token": 2 });
  });

  test("a double slash, where it is to be that strict", async () => {
    await using lax = await start();
    expect((await lax.visitor.fetch("GET", "//viewer.html")).status).toBe(200);
    await using strict = await start({ strict: STRICT });
    expect((await strict.visitor.fetch("GET", "//viewer.html")).status).toBe(404);
  });

  test("in the older firmware a request without its token, and a main page without all cookies, which is blank", async () => {
    await using controller = await startMegarac({ generation: "sp" });
    const visitor = new Visitor(direct(controller));
    await visitor.expect(401, "GET", "/rpc/hoststatus.asp");
    const page = await visitor.expect(200, "GET", "/page/main.html");
    expect(page.body.length).toBe(0);
    expect(counts(controller)).toEqual({ unauthenticated: 1, "page-cookies": 1 });
  });
});

test("a second viewer only looks on, and one who comes back too soon too", async () => {
  const clock = new ManualClock();
  await using running = await start({ clock, releaseMs: 5000 });
  const { controller } = running;
  const type = (viewer: Viewer, key: string) => viewer.socket.send(encodeKey(true, key.charCodeAt(0)));
  const master = await watching(running);
  const slave = await watching(running);
  type(slave, "s");
  await controller.until(() => controller.rejections.get("view-only") === 1);
  type(master, "m");
  await master.socket.close();
  await controller.until(() => controller.websockets.size === 1);
  const early = await watching(running);
  type(early, "e");
  await controller.until(() => controller.rejections.get("view-only") === 2);
  clock.advance(5000);
  const next = await watching(running);
  type(next, "n");
  await next.socket.close();
  expect(controller.screen.pressed).toBe("mn");
});

test("a stuck console answers 101 and then with the text of another answer", async () => {
  await using running = await start({ stuckConsole: true });
  const { controller, visitor } = running;
  const socket = await visitor.open("/kvm", ["binary"]);
  await expect(socket.next()).rejects.toThrow("Invalid WebSocket frame");
  expect(controller.journal.last("/kvm")?.status).toBe(101);
});
