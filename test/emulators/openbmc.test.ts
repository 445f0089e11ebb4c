import { createHash, randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { OpenBmcClient } from "./openbmc/client.ts";
import { type OpenBmcOptions, startOpenBmc } from "./openbmc/openbmc.ts";
import { DUMP_BYTES, DUMP_PATH, FIRMWARE_PATH } from "./openbmc/transfers.ts";
import { exchangeRaw, openRaw } from "./raw-client.ts";

const SYSTEM = "/redfish/v1/Systems/system";

async function start(options: OpenBmcOptions = {}) {
  const stack = new AsyncDisposableStack();
  const bmc = stack.use(await startOpenBmc(options));
  const client = stack.use(new OpenBmcClient(bmc));
  return { bmc, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe("log-in", () => {
  test("sets a readable CSRF cookie and an HttpOnly session cookie, both Strict and Secure", async () => {
    await using running = await start();
    const body = JSON.stringify({ username: "root", password: "0penBmc" });
    const answer = await running.client.send("POST", "/login", { body });
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toEqual([
      expect.stringMatching(/^XSRF-TOKEN=\w{20}; Path=\/; SameSite=Strict; Secure$/),
      expect.stringMatching(/^BMCWEB-SESSION=\w{20}; Path=\/; SameSite=Strict; Secure; HttpOnly$/),
    ]);
  });

  test("refuses a wrong password and a body that is no object of strings", async () => {
    await using running = await start();
    const bodies = ['{"username":"root","password":"OpenBmc"}', '{"username":"root"}', "username=root"];
    const answers = await Promise.all(bodies.map((body) => running.client.send("POST", "/login", { body })));
    expect(answers.map((answer) => answer.status)).toEqual([401, 400, 400]);
    expect(Object.fromEntries(running.bmc.rejections)).toEqual({ credentials: 1, "credentials-form": 2 });
  });

  test("logging out ends the session and expires its cookie", async () => {
    await using running = await start();
    const { cookie, csrf } = await running.client.logIn();
    expect(running.bmc.leaked()).toBe(1);
    const out = await running.client.send("POST", "/logout", { headers: { cookie, "X-XSRF-TOKEN": csrf } });
    expect(out.headers["set-cookie"]).toContain("expires=Thu, 01 Jan 1970");
    expect(running.bmc.leaked()).toBe(0);
    expect((await running.client.send("GET", SYSTEM, { headers: { cookie } })).status).toBe(401);
  });

  test("an unused session ends after half an hour", async () => {
    let now = Date.now();
    await using running = await start({ now: () => now });
    const { cookie } = await running.client.logIn();
    now += 1_799_000;
    expect((await running.client.send("GET", SYSTEM, { headers: { cookie } })).status).toBe(200);
    now += 1_801_000;
    expect((await running.client.send("GET", SYSTEM, { headers: { cookie } })).status).toBe(401);
    expect(running.bmc.leaked()).toBe(0);
  });

  test("Redfish gives a program a token, a page cookies", async () => {
    await using running = await start();
    const body = JSON.stringify({ UserName: "root", Password: "0penBmc" });
    const path = "/redfish/v1/SessionService/Sessions";
    const program = await running.client.send("POST", path, { body });
    expect(program.status).toBe(201);
    expect(program.headers["x-auth-token"]).toMatch(/^\w{20}$/);
    expect(program.headers["set-cookie"]).toBeUndefined();
    const page = await running.client.send("POST", path, { body, headers: { "X-Requested-With": "XMLHttpRequest" } });
    expect(page.headers["x-auth-token"]).toBeUndefined();
    expect(page.headers["set-cookie"]).toHaveLength(2);

    const token = { "X-Auth-Token": String(program.headers["x-auth-token"]) };
    const location = String(program.headers.location);
    expect((await running.client.send("DELETE", location, { headers: token })).status).toBe(200);
    expect(running.bmc.leaked()).toBe(1);
  });

  test("a full session table answers 503", async () => {
    await using running = await start({ limits: { sessions: 1 } });
    await running.client.logIn();
    const body = JSON.stringify({ username: "root", password: "0penBmc" });
    expect((await running.client.send("POST", "/login", { body })).status).toBe(503);
    expect(running.bmc.rejections.get("session-limit")).toBe(1);
  });
});

describe("CSRF", () => {
  const reset = `${SYSTEM}/Actions/ComputerSystem.Reset`;
  const body = '{"ResetType":"ForceOff"}';

  test("a cookie alone may read, and change only with the token in a header", async () => {
    await using running = await start();
    const { cookie, csrf } = await running.client.logIn();
    const send = (method: string, path: string, headers = {}) =>
      running.client.send(method, path, { headers: { cookie, ...headers }, ...(method === "POST" ? { body } : {}) });
    expect((await send("GET", SYSTEM)).status).toBe(200);
    expect((await send("POST", reset)).status).toBe(401);
    expect((await send("POST", reset, { "X-XSRF-TOKEN": "wrong" })).status).toBe(401);
    expect(running.bmc.rejections.get("csrf")).toBe(2);
    expect((await send("POST", reset, { "X-XSRF-TOKEN": csrf })).status).toBe(204);
    expect(JSON.parse((await send("GET", SYSTEM)).body.toString())).toMatchObject({ PowerState: "Off" });
  });

  test("X-Auth-Token goes before the cookie and needs no CSRF token", async () => {
    await using running = await start();
    const { cookie, token } = await running.client.logIn();
    const sent = { headers: { cookie, "X-Auth-Token": token }, body };
    expect((await running.client.send("POST", reset, sent)).status).toBe(204);
    // An unknown token is passed over, and the cookie's rule is back.
    const unknown = { headers: { cookie, "X-Auth-Token": "x".repeat(20) }, body };
    expect((await running.client.send("POST", reset, unknown)).status).toBe(401);
  });
});

describe("who is not logged in", () => {
  test("reads the service root and the page, nothing else", async () => {
    await using running = await start();
    expect((await running.client.send("GET", "/redfish/v1")).status).toBe(200);
    expect((await running.client.send("GET", "/redfish/v1/")).status).toBe(200);
    expect((await running.client.send("GET", "/")).status).toBe(200);
    const refused = await running.client.send("GET", SYSTEM);
    expect(refused.status).toBe(401);
    expect(refused.headers["www-authenticate"]).toBe("Basic");
  });

  test("is led to the log-in as a browser, and not challenged as a page's script", async () => {
    await using running = await start();
    const browser = await running.client.send("GET", SYSTEM, { headers: { Accept: "text/html,*/*" } });
    expect(browser.status).toBe(307);
    expect(browser.headers.location).toBe("/?next=%2Fredfish%2Fv1%2FSystems%2Fsystem#/login");
    const script = await running.client.send("GET", SYSTEM, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    expect(script.headers["www-authenticate"]).toBeUndefined();
  });

  test("may not send more than 4096 bytes", async () => {
    await using running = await start();
    const answer = await running.client.send("POST", "/login", { body: "x".repeat(4097) });
    expect(answer.status).toBe(401);
    expect(answer.headers.connection).toBe("close");
    expect(running.bmc.rejections.get("body-bytes")).toBe(1);
  });
});

describe("HTTP", () => {
  test("more than 8192 header bytes: 431 and the connection closes", async () => {
    await using running = await start();
    const head = (filler: number) =>
      `GET /redfish/v1 HTTP/1.1\r\nHost: bmc\r\nConnection: close\r\nX-Filler: ${"f".repeat(filler)}\r\n\r\n`;
    expect(await exchangeRaw(running.bmc, head(7900))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchangeRaw(running.bmc, head(8200))).toMatch(/^HTTP\/1\.1 431 [\s\S]*Connection: close/);
    expect(Object.fromEntries(running.bmc.rejections)).toEqual({ "header-bytes": 1 });
  });

  test("pages forbid framing and foreign content; nothing is to be stored", async () => {
    await using running = await start();
    const { headers } = await running.client.send("GET", "/");
    expect(headers).toMatchObject({
      "strict-transport-security": "max-age=31536000; includeSubdomains",
      "x-frame-options": "DENY",
      "cache-control": "no-store, max-age=0",
      "cross-origin-embedder-policy": "require-corp",
      "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
    });
    const { headers: json } = await running.client.send("GET", "/redfish/v1");
    expect(json["content-security-policy"]).toBeUndefined();
    expect(json["x-content-type-options"]).toBe("nosniff");
  });

  test("files go out compressed even to a client that refuses it", async () => {
    await using running = await start();
    const answer = await running.client.send("GET", "/js/app.js", { headers: { "Accept-Encoding": "identity" } });
    expect(answer.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(answer.body).toString()).toContain("import");
  });

  test("a foreign Host or Origin passes, as with bmcweb, unless it is to be refused", async () => {
    const ask = (host: string, origin: string) =>
      `GET /redfish/v1 HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nConnection: close\r\n\r\n`;
    const foreign = "k7f3.example.com";
    await using lax = await start();
    expect(await exchangeRaw(lax.bmc, ask(foreign, `https://${foreign}`))).toMatch(/^HTTP\/1\.1 200 /);

    await using strict = await start({ requireHost: true, requireOrigin: true });
    const own = `127.0.0.1:${strict.bmc.port}`;
    expect(await exchangeRaw(strict.bmc, ask(foreign, `https://${own}`))).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchangeRaw(strict.bmc, ask(own, `https://${foreign}`))).toMatch(/^HTTP\/1\.1 403 /);
    expect(await exchangeRaw(strict.bmc, ask(own, `https://${own}`))).toMatch(/^HTTP\/1\.1 200 /);
    expect(Object.fromEntries(strict.bmc.rejections)).toEqual({ host: 1, origin: 1 });
  });
});

describe("transfers", () => {
  test("the dump is a mebibyte that does not compress", async () => {
    await using running = await start();
    const { token } = await running.client.logIn();
    const answer = await running.client.send("GET", DUMP_PATH, { headers: { "X-Auth-Token": token } });
    expect(answer.body.length).toBe(DUMP_BYTES);
    expect(new Set(answer.body.subarray(0, 4096)).size).toBeGreaterThan(200);
  });

  test.each(["POST", "PUT"])("an image sent with %s is answered with its length and digest", async (method) => {
    await using running = await start();
    const { token } = await running.client.logIn();
    const body = randomBytes(3_000_000);
    const answer = await running.client.send(method, FIRMWARE_PATH, { headers: { "X-Auth-Token": token }, body });
    expect(answer.status).toBe(202);
    const Sha256 = createHash("sha256").update(body).digest("hex");
    expect(JSON.parse(answer.body.toString())).toMatchObject({ Oem: { Emulator: { Length: body.length, Sha256 } } });
  });

  test("the event stream brings an event at once and another each second", async () => {
    await using running = await start();
    const { token } = await running.client.logIn();
    const raw = `GET /redfish/v1/EventService/SSE HTTP/1.1\r\nHost: bmc\r\nX-Auth-Token: ${token}\r\n\r\n`;
    const socket = await openRaw(running.bmc);
    socket.write(raw);
    let text = "";
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes("id: 3\n")) break;
    }
    expect(text).toContain("Content-Type: text/event-stream");
    expect(text.match(/data: \{.*"PowerState":"On"/g)).not.toBeNull();
  });
});
