import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { ManualClock } from "./core/clock.ts";
import { watchPage } from "./page-console.ts";
import { handshakeBytes, openRaw } from "./raw-client.ts";
import { supermicroScenario } from "./scenarios/supermicro.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { encodeKey, encodeLogin, MESSAGE, SECURITY, VERSION } from "./supermicro/aten.ts";
import { type Supermicro, type SupermicroOptions, startSupermicro } from "./supermicro/supermicro.ts";
import { visitSupermicro } from "./visits.ts";

const STRICT = { exactPath: true, keepAlive: true } as const;
const REDIRECT = "/cgi/url_redirect.cgi?url_name=";

const counts = (controller: Supermicro) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: SupermicroOptions = {}) {
  const controller = await startSupermicro(options);
  const visitor = new Visitor(direct(controller));
  visitor.page = "/";
  await visitor.expect(200, "POST", "/cgi/login.cgi", { body: "name=ADMIN&pwd=K7F3-smc" });
  const entry = async () => {
    const page = await visitor.visit(`${REDIRECT}man_ikvm_html5_bootstrap`);
    return /id="entry_value" value="(\d+)"/.exec(page.body.toString())?.[1] ?? "";
  };
  /** Goes as far as the log-in over an open console; the answer to it is left to be read. */
  const openConsole = async (given: { token?: string; version?: string; security?: number } = {}) => {
    const token = given.token ?? (await entry());
    const socket = await visitor.open("/");
    await socket.take(VERSION.length);
    socket.send(Buffer.from(given.version ?? VERSION));
    socket.send(Buffer.from([given.security ?? SECURITY]), encodeLogin(token));
    return socket;
  };
  return { controller, visitor, entry, openConsole, [Symbol.asyncDispose]: () => controller.close() };
}

test.each(["CSRF_TOKEN", "CSRF-TOKEN"] as const)(
  "a whole stay causes no rejection and leaves nothing behind, with the header %s",
  async (csrfHeader) => {
    await using controller = await startSupermicro({ strict: STRICT, csrfHeader });
    expect(await supermicroScenario(direct(controller))).toEqual([]);
    await controller.until(() => controller.leaked() === 0);
    expect(counts(controller)).toEqual({});
    expect(controller.screen.pressed).toBe("k");
  },
);

test("a browser logs in by form, types at the console at the root, and logs out, which ends the console", async () => {
  await using controller = await startSupermicro({ strict: STRICT });
  await using watched = await watchPage(controller);
  await visitSupermicro(watched);
  expect(controller.screen.pressed).toBe("Supermicro");
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

describe("refused is", () => {
  test("a wrong password, though the status is 200", async () => {
    await using controller = await startSupermicro();
    const visitor = new Visitor(direct(controller));
    visitor.page = "/";
    const answer = await visitor.expect(200, "POST", "/cgi/login.cgi", { body: "name=ADMIN&pwd=x" });
    expect(answer.body.toString()).not.toContain("url_redirect.cgi");
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(counts(controller)).toEqual({ credentials: 1 });
  });

  test("a log-in to a full table", async () => {
    await using running = await start({ limits: { sessions: 1 } });
    await running.visitor.expect(200, "POST", "/cgi/login.cgi", { body: "name=ADMIN&pwd=K7F3-smc" });
    expect(counts(running.controller)).toEqual({ "session-limit": 1 });
  });

  test("a foreign Host, and under /cgi/ a Referer that is foreign or missing", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    const Host = controller.url.slice("https://".length);
    const ask = (headers: string[]) => direct(controller).call({ method: "GET", path: `${REDIRECT}topmenu`, headers });
    const cookie = ["Cookie", visitor.cookies.header("/")];
    for (const headers of [
      ["Host", "k7f3.example.com", "Referer", `${controller.url}/`],
      ["Host", Host],
      ["Host", Host, "Referer", "https://k7f3.example.com/"],
    ]) {
      expect((await ask([...headers, ...cookie])).status).toBe(403);
    }
    expect(counts(controller)).toEqual({ host: 1, referer: 2 });
  });

  test("a change without the token of a page, with one under another name, and one too old", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    const tokenOf = async () => {
      const page = await visitor.visit(`${REDIRECT}topmenu`);
      return /SmcCsrfInsert \("CSRF_TOKEN", "(\w+)"/.exec(page.body.toString())?.[1] ?? "";
    };
    const token = await tokenOf();
    const operate = (status: number, headers: Record<string, string>) =>
      visitor.expect(status, "POST", "/cgi/op.cgi", { headers, body: "op=POWER_INFO.XML&r=(0,0)" });
    await operate(403, {});
    await operate(403, { "CSRF-TOKEN": token });
    await operate(200, { CSRF_TOKEN: token });
    for (let index = 0; index < 8; index += 1) await tokenOf();
    await operate(403, { CSRF_TOKEN: token });
    expect(counts(controller)).toEqual({ csrf: 3 });
  });

  test("everything without the cookie", async () => {
    await using controller = await startSupermicro();
    const visitor = new Visitor(direct(controller));
    await visitor.visit("/");
    await visitor.expect(401, "GET", `${REDIRECT}mainmenu`);
    await visitor.expect(401, "POST", "/cgi/op.cgi", { body: "" });
    await expect(visitor.open("/")).rejects.toThrow("401");
    expect(counts(controller)).toEqual({ unauthenticated: 3 });
  });

  test("a page that is none", async () => {
    await using running = await start();
    await running.visitor.expect(404, "GET", `${REDIRECT}nowhere`);
    expect(counts(running.controller)).toEqual({ "not-found": 1 });
  });

  test.each(["Sec-Websocket-Key", "sec-websocket-key"])("a handshake that writes %s", async (name) => {
    await using running = await start();
    const { controller, visitor } = running;
    const socket = await openRaw(controller);
    const lines = [
      `Host: ${controller.url.slice("https://".length)}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `${name}: dGhlIHNhbXBsZSBub25jZQ==`,
      "Sec-WebSocket-Version: 13",
      `Cookie: ${visitor.cookies.header("/")}`,
    ];
    socket.write(handshakeBytes("/", lines));
    const [answer] = await once(socket, "data");
    socket.destroy();
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    expect(counts(controller)).toEqual({ "handshake-names": 1 });
  });

  test("over an open console another version, another security type, and a token that is unknown or used", async () => {
    await using running = await start();
    const { controller, entry, openConsole } = running;
    await (await openConsole({ version: "RFB 003.008\n" })).closed();
    await (await openConsole({ security: 1 })).closed();
    await (await openConsole({ token: "0".repeat(24) })).closed();
    const token = await entry();
    const first = await openConsole({ token });
    await first.take(2);
    expect((await first.take(4)).readUInt32BE()).toBe(0);
    await (await openConsole({ token })).closed();
    expect(counts(controller)).toEqual({ "console-version": 1, "console-security": 1, "console-token": 2 });
  });

  test("a message that is none", async () => {
    await using running = await start();
    const socket = await running.openConsole();
    socket.send(Buffer.from([1, 0x77]));
    await socket.closed();
    expect(counts(running.controller)).toEqual({ "console-protocol": 1 });
  });

  test("a double slash, and keys after ten seconds without a sign of life, where it is to be that strict", async () => {
    await using lax = await start();
    expect((await lax.visitor.fetch("GET", "//js/login.js")).status).toBe(200);
    await expect(lax.visitor.open("//")).resolves.toBeDefined();
    const clock = new ManualClock();
    await using strict = await start({ strict: STRICT, clock });
    const { controller, visitor, openConsole } = strict;
    await expect(visitor.open("//")).rejects.toThrow("404");
    const socket = await openConsole();
    socket.send(Buffer.from([1]), encodeKey(true, "a".charCodeAt(0)));
    await expect.poll(() => controller.screen.pressed).toBe("a");
    clock.advance(10_001);
    socket.send(encodeKey(true, "b".charCodeAt(0)));
    await controller.until(() => controller.rejections.get("stale-input") === 1);
    socket.send(Buffer.from([MESSAGE.keepAlive]), encodeKey(true, "c".charCodeAt(0)));
    await socket.close();
    expect(controller.screen.pressed).toBe("ac");
    expect(counts(controller)).toEqual({ "not-found": 1, "stale-input": 1 });
  });
});
