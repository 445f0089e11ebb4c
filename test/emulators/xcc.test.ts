import { expect, test } from "vitest";
import { watchPage } from "./page-console.ts";
import { direct } from "./scenarios/via.ts";
import { Visitor } from "./scenarios/visitor.ts";
import { xccScenario } from "./scenarios/xcc.ts";
import { visitXcc } from "./visits.ts";
import { startXcc, type Xcc, type XccOptions } from "./xcc/xcc.ts";

const STRICT = { foreignHost: true, exactPath: true } as const;
const LOGIN = { body: JSON.stringify({ username: "USERID", password: "K7F3-xcc" }) };

const counts = (controller: Xcc) => Object.fromEntries(controller.rejections);

/** A controller with one who has logged in. */
async function start(options: XccOptions = {}) {
  const controller = await startXcc(options);
  const visitor = new Visitor(direct(controller));
  await visitor.visit("/");
  const answer = await visitor.expect(200, "POST", "/api/login", LOGIN);
  const headers = { Authorization: `Bearer ${JSON.parse(answer.body.toString()).access_token}` };
  const openConsole = async (key?: string) => {
    const { body } = await visitor.expect(200, "POST", "/api/providers/rp_session", { headers, body: "{}" });
    const socket = await visitor.open(`wss://127.0.0.1:${controller.ports.console}/`);
    const own: string = JSON.parse(body.toString()).session_key;
    socket.send(Buffer.from(key ?? own));
    return { socket, key: own };
  };
  return { controller, visitor, headers, openConsole, [Symbol.asyncDispose]: () => controller.close() };
}

test("a whole stay causes no rejection and leaves nothing behind", async () => {
  await using controller = await startXcc({ strict: STRICT });
  expect(await xccScenario(direct(controller))).toEqual([]);
  await controller.until(() => controller.leaked() === 0);
  expect(counts(controller)).toEqual({});
  expect(controller.screen.pressed).toBe("k");
});

test("a browser logs in, types at the console on its own port, and logs out", async () => {
  await using controller = await startXcc({ strict: STRICT });
  await using watched = await watchPage(controller);
  await visitXcc(watched);
  expect(controller.screen.pressed).toBe("XCC");
  expect(watched.faults).toEqual([]);
  expect(counts(controller)).toEqual({});
  expect(controller.leaked()).toBe(0);
});

test("refused is a request without its token, and a log-in with a wrong password or to a full table", async () => {
  await using running = await start({ limits: { sessions: 1 } });
  const { controller, visitor } = running;
  await visitor.expect(401, "GET", "/api/providers/rp_port");
  await visitor.expect(401, "GET", "/api/providers/rp_port", { headers: { Authorization: "Bearer x" } });
  await visitor.expect(401, "POST", "/api/login", { body: '{"username":"USERID","password":"x"}' });
  await visitor.expect(503, "POST", "/api/login", LOGIN);
  expect(counts(controller)).toEqual({ unauthenticated: 2, credentials: 1, "session-limit": 1 });
});

test("refused is a Referer that is foreign or missing", async () => {
  await using running = await start();
  const { controller, headers } = running;
  const Host = controller.url.slice("https://".length);
  const ask = (more: string[]) =>
    direct(controller).call({
      method: "GET",
      path: "/api/providers/power",
      headers: ["Host", Host, "Authorization", headers.Authorization, ...more],
    });
  expect((await ask([])).status).toBe(403);
  expect((await ask(["Referer", "https://k7f3.example.com/"])).status).toBe(403);
  expect((await ask(["Referer", `${controller.url}/`])).status).toBe(200);
  expect(counts(controller)).toEqual({ referer: 2 });
});

test("refused is a console with a key that is unknown or used, and what is no key press", async () => {
  await using running = await start();
  const { controller, openConsole } = running;
  await (await openConsole("0")).socket.closed();
  const { socket, key } = await openConsole();
  await socket.next();
  await (await openConsole(key)).socket.closed();
  socket.send(Buffer.from("hello"));
  await socket.closed();
  expect(counts(controller)).toEqual({ "console-key": 2, "console-protocol": 1 });
});

test("refused is a foreign Host and a double slash, where it is to be that strict", async () => {
  const ask = async (controller: Xcc, Host: string, path: string) =>
    (await direct(controller).call({ method: "GET", path, headers: ["Host", Host] })).status;
  await using lax = await startXcc();
  expect(await ask(lax, "k7f3.example.com", "//console.html")).toBe(200);
  await using strict = await startXcc({ strict: STRICT });
  expect(await ask(strict, "k7f3.example.com", "/console.html")).toBe(403);
  expect(await ask(strict, strict.url.slice("https://".length), "//console.html")).toBe(404);
  expect(counts(strict)).toEqual({ host: 1, "not-found": 1 });
});
