import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { ManualClock } from "./core/clock.ts";
import type { Generation } from "./ilo/generation.ts";
import { type Ilo, type IloOptions, startIlo } from "./ilo/ilo.ts";
import { encodeHello } from "./ilo/messages.ts";
import { watchPage } from "./page-console.ts";
import { handshakeBytes, openRaw } from "./raw-client.ts";
import { iloScenario } from "./scenarios/ilo.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { visitIlo } from "./visits.ts";

const STRICT = { foreignHost: true, emptySubprotocol: true, exactPath: true } as const;
const LOGIN = "/json/login_session";
const RESET = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset";
const REDFISH = JSON.stringify({ UserName: "Administrator", Password: "K7F3-ilo" });

const counts = (controller: Ilo) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: IloOptions = {}) {
  const controller = await startIlo(options);
  const visitor = new Visitor(direct(controller));
  const body = JSON.stringify({ method: "login", user_login: "Administrator", password: "K7F3-ilo" });
  const answer = await visitor.expect(200, "POST", LOGIN, { body });
  const key: string = JSON.parse(answer.body.toString()).session_key;
  return { controller, visitor, key, [Symbol.asyncDispose]: () => controller.close() };
}

type Running = Awaited<ReturnType<typeof start>>;

/** The answer's status to a handshake with these changes to its usual lines. */
async function shake({ controller, key }: Running, change: (lines: string[]) => string[]): Promise<string> {
  const lines = [
    `Host: ${controller.url.slice("https://".length)}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    `Origin: ${controller.url}`,
    `Cookie: sessionKey=${key}`,
  ];
  const socket = await openRaw(controller);
  socket.write(handshakeBytes("/wss/ircport", change(lines)));
  const [answer] = await once(socket, "data");
  socket.destroy();
  return String(answer).slice(9, 12);
}

const replace = (from: string, to: string) => (lines: string[]) => lines.map((line) => line.replace(from, to));
const without = (name: string) => (lines: string[]) => lines.filter((line) => !line.startsWith(name));
const plus = (line: string) => (lines: string[]) => [...lines, line];

test.each([4, 5, 6] as const)(
  "a whole stay at an iLO %i causes no rejection and leaves nothing behind",
  async (generation) => {
    await using controller = await startIlo({ generation, strict: STRICT });
    expect(await iloScenario(direct(controller), generation)).toEqual([]);
    await controller.until(() => controller.leaked() === 0);
    expect(counts(controller)).toEqual({});
    expect(controller.screen.pressed).toBe("k");
  },
);

test("a browser logs in within the frame, types at a console whose socket is in a worker, and logs out", async () => {
  await using controller = await startIlo({ strict: STRICT });
  await using watched = await watchPage(controller);
  await visitIlo(watched);
  expect(controller.screen.pressed).toBe("iLO5");
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

test("the console's page of an iLO 6 has a log-in of its own", async () => {
  await using controller = await startIlo({ generation: 6 });
  await using watched = await watchPage({ ...controller, url: `${controller.url}/irc.html` });
  const { page } = watched;
  await page.getByLabel("Local user name").fill("Administrator");
  await page.getByLabel("Password").fill("K7F3-ilo");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("connected").waitFor();
  expect(counts(controller)).toEqual({});
});

describe("a handshake is refused", () => {
  const empty = "Sec-WebSocket-Protocol:";

  test.each([
    ["with connection: upgrade", "handshake-connection", "400", replace("Connection: Upgrade", "Connection: upgrade")],
    ["with keep-alive", "handshake-connection", "400", replace(": Upgrade", ": keep-alive, Upgrade")],
    ["with a sub-protocol", "handshake-subprotocol", "400", plus(`${empty} binary`)],
    ["from another origin", "origin", "403", replace("Origin: https", "Origin: http")],
    ["from no origin", "origin", "403", without("Origin")],
    ["without the cookie", "unauthenticated", "401", without("Cookie")],
  ])("%s", async (_name, reason, status, change) => {
    await using running = await start();
    expect(await shake(running, (lines) => lines)).toBe("101");
    expect(await shake(running, change)).toBe(status);
    expect(counts(running.controller)).toEqual({ [reason]: 1 });
  });

  test.each([
    ["with an empty sub-protocol", "handshake-subprotocol", "400", plus(empty)],
    ["for another host", "host", "403", replace("Host: 127.0.0.1", "Host: k7f3.example.com")],
  ])("%s, where it is to be that strict", async (_name, reason, status, change) => {
    await using lax = await start();
    expect(await shake(lax, change)).toBe("101");
    await using strict = await start({ strict: STRICT });
    expect(await shake(strict, change)).toBe(status);
    expect(counts(strict.controller)).toEqual({ [reason]: 1 });
  });

  test("with a Redfish session's key, which is none of the page's", async () => {
    await using running = await start();
    const opened = await running.visitor.expect(201, "POST", "/redfish/v1/SessionService/Sessions/", { body: REDFISH });
    const other = { ...running, key: String(opened.headers["x-auth-token"]) };
    expect(await shake(other, (lines) => lines)).toBe("401");
    expect(counts(running.controller)).toEqual({ "redfish-session": 1 });
  });
});

describe("refused is", () => {
  test("a log-in whose body does not begin with a brace, or whose password is wrong", async () => {
    await using controller = await startIlo();
    const visitor = new Visitor(direct(controller));
    await visitor.expect(400, "POST", LOGIN, { body: ' {"method":"login"}' });
    await visitor.expect(403, "POST", LOGIN, {
      body: '{"method":"login","user_login":"Administrator","password":"x"}',
    });
    expect(counts(controller)).toEqual({ "login-form": 1, credentials: 1 });
  });

  test("a log-in to a full table", async () => {
    await using running = await start({ limits: { sessions: 1 } });
    const body = JSON.stringify({ method: "login", user_login: "Administrator", password: "K7F3-ilo" });
    await running.visitor.expect(503, "POST", LOGIN, { body });
    expect(counts(running.controller)).toEqual({ "session-limit": 1 });
  });

  test("a change by cookie alone, and everything without a session", async () => {
    await using running = await start();
    const { controller, visitor } = running;
    await visitor.expect(401, "POST", RESET, { body: "{}" });
    const stranger = new Visitor(direct(controller));
    for (const path of ["/irc.html", "/json/session_info", "/redfish/v1/Systems/1"]) {
      await stranger.expect(401, "GET", path);
    }
    expect(counts(controller)).toEqual({ "auth-token": 1, unauthenticated: 3 });
  });

  test("a wrong key over the open console, and what is no key press", async () => {
    await using running = await start();
    const { controller, visitor, key } = running;
    const wrong = await visitor.open("/wss/ircport");
    await wrong.next();
    wrong.send(encodeHello("0".repeat(32)));
    await wrong.closed();
    const socket = await visitor.open("/wss/ircport");
    await socket.next();
    socket.send(encodeHello(key));
    socket.send(Buffer.from("hello"));
    await socket.closed();
    expect(counts(controller)).toEqual({ "console-key": 1, "console-protocol": 1 });
  });

  test("the fifth console", async () => {
    await using running = await start();
    const open = async () => {
      const socket = await running.visitor.open("/wss/ircport");
      await socket.next();
      socket.send(encodeHello(running.key));
      return socket;
    };
    for (let index = 0; index < 4; index += 1) await (await open()).next();
    await (await open()).closed();
    expect(counts(running.controller)).toEqual({ "console-limit": 1 });
  });
});

test.each([
  [4, "/redfish/v1/Managers/1/RcInfo/", "/json/rc_info"],
  [5, "/json/rc_info", "/redfish/v1/Managers/1/RcInfo/"],
] as const)("an iLO %i has its console keys at one place only", async (generation: Generation, none, there) => {
  await using running = await start({ generation });
  await running.visitor.expect(404, "GET", none);
  const answer = await running.visitor.expect(200, "GET", there);
  expect(JSON.parse(answer.body.toString())).toMatchObject({ rc_port: 17_990 });
});

test("an event comes at once and then every ten seconds", async () => {
  const clock = new ManualClock();
  await using running = await start({ clock });
  const { controller, visitor } = running;
  const reading = visitor.fetch("GET", "/sse/ui", { until: '{"number":3}' });
  await controller.until(() => controller.journal.last("/sse/ui") !== undefined);
  clock.advance(20_000);
  expect((await reading).body.toString().match(/event: ui/g)).toHaveLength(3);
});
