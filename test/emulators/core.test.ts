import { once } from "node:events";
import { connect } from "node:tls";
import { request } from "undici";
import { describe, expect, test } from "vitest";
import { makeCertificate } from "../support/certificates.ts";
import { type Controller, type ControllerOptions, startController } from "./core/controller.ts";
import type { Family } from "./core/family.ts";
import { exchangeRaw, handshakeBytes, openRaw } from "./raw-client.ts";

/** As little of a controller as there can be. */
const plain: Family<undefined> = {
  name: "plain",
  behave: ({ sessions }) => ({
    routes: [
      { method: "GET", path: "/hello/:name", handle: (exchange) => exchange.json(200, exchange.params) },
      { method: "POST", path: "/body", handle: async (exchange) => exchange.send(200, {}, await exchange.body(10)) },
      {
        method: "POST",
        path: "/sessions",
        handle: (exchange) => exchange.send(sessions.open("root", exchange.path, undefined) ? 201 : 503, {}),
      },
      {
        method: "GET",
        path: "/defect",
        handle: () => {
          throw new Error("a mistake of the emulator");
        },
      },
    ],
    sockets: [{ path: "/socket", open: (upgrade) => upgrade.accept({}, () => {}) }],
  }),
};

const start = (options: ControllerOptions = {}) => startController(plain, options);

function get(controller: Controller, path: string): Promise<string> {
  return exchangeRaw(controller, `GET ${path} HTTP/1.1\r\nHost: bmc\r\nConnection: close\r\n\r\n`);
}

describe("the journal", () => {
  test("keeps a request as it came: target, and headers in their order, case and number", async () => {
    await using controller = await start();
    const lines = ["Host: bmc", "X-B: 1", "x-a: 2", "X-B: 3", "Connection: close"];
    await exchangeRaw(controller, ["GET /hello/a%2Fb?q=%20&&x HTTP/1.1", ...lines, "", ""].join("\r\n"));
    const [entry] = controller.journal;
    expect(entry).toMatchObject({ kind: "request", method: "GET", target: "/hello/a%2Fb?q=%20&&x", status: 200 });
    expect(entry?.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual(lines);
    expect(entry?.peer.address).toBe("127.0.0.1");
    expect(entry?.tls).toMatchObject({ version: "TLSv1.3", serverName: undefined });
    expect(controller.journal.withHeader("x-b")).toEqual([entry]);
    expect(controller.journal.withHeader("x-c")).toEqual([]);
  });

  test("knows the name that the client asked for in TLS", async () => {
    await using controller = await start({ certificate: await makeCertificate({ names: ["bmc.example.com"] }) });
    const socket = connect({ port: controller.port, ca: controller.ca, servername: "bmc.example.com" });
    await once(socket, "secureConnect");
    socket.end("GET /hello/x HTTP/1.1\r\nHost: bmc\r\nConnection: close\r\n\r\n");
    await controller.until(() => controller.journal.last("/hello/x") !== undefined);
    expect(controller.journal.last("/hello/x")?.tls.serverName).toBe("bmc.example.com");
    socket.destroy();
  });
});

describe("routes", () => {
  test("are compared byte for byte", async () => {
    await using controller = await start();
    expect(await get(controller, "/hello/you")).toContain('"name": "you"');
    for (const path of ["//hello/you", "/hello/you/", "/x/../hello/you", "/Hello/you"]) {
      expect(await get(controller, path)).toMatch(/^HTTP\/1\.1 404 /);
    }
    expect(controller.rejections.get("not-found")).toBe(4);
  });

  test("an emulator's defect shows, and a body past its limit is refused", async () => {
    await using controller = await start();
    expect(await get(controller, "/defect")).toMatch(/^HTTP\/1\.1 500 /);
    const long = "POST /body HTTP/1.1\r\nHost: bmc\r\nContent-Length: 11\r\n\r\nhello world";
    expect(await exchangeRaw(controller, long)).toMatch(/^HTTP\/1\.1 413 /);
    expect([...controller.rejections.keys()]).toEqual(["defect: a mistake of the emulator", "payload-too-large"]);
  });

  test("what is no HTTP is answered with 400 and counted", async () => {
    await using controller = await start();
    expect(await exchangeRaw(controller, "HELLO\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect(controller.rejections.get("unreadable")).toBe(1);
  });
});

describe("a strict handshake", () => {
  const usual = [
    "Host: bmc",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
  ];
  const changed = (from: string, to: string) => usual.map((line) => line.replace(from, to));

  /** The status line of the answer. */
  async function shake(controller: Controller, lines: readonly string[]): Promise<string> {
    const socket = await openRaw(controller);
    socket.write(handshakeBytes("/socket", lines));
    const [answer] = await once(socket, "data");
    socket.destroy();
    return String(answer).split("\r\n")[0] ?? "";
  }

  test("accepts what RFC 6455 writes", async () => {
    await using controller = await start({ exactNames: true, exactConnection: true, noSubprotocol: true });
    expect(await shake(controller, usual)).toBe("HTTP/1.1 101 Switching Protocols");
  });

  test.each([
    ["handshake-names", { exactNames: true }, changed("Sec-WebSocket-Key", "Sec-Websocket-Key")],
    ["handshake-connection", { exactConnection: true }, changed("Connection: Upgrade", "Connection: upgrade")],
    ["handshake-connection", { exactConnection: true }, changed(": Upgrade", ": keep-alive, Upgrade")],
    ["handshake-subprotocol", { noSubprotocol: true }, [...usual, "Sec-WebSocket-Protocol: binary"]],
    ["handshake", {}, changed("Version: 13", "Version: 7")],
  ])("refuses, as %s, what it forbids", async (reason, rules, lines) => {
    await using controller = await start(rules);
    expect(await shake(controller, lines)).toBe("HTTP/1.1 400 Bad Request");
    expect(Object.fromEntries(controller.rejections)).toEqual({ [reason]: 1 });
    if (reason === "handshake") return;
    await using lax = await start();
    expect(await shake(lax, lines)).toMatch(/ 101 /);
  });
});

describe("limits", () => {
  test("a connection past the last is cut", async () => {
    await using controller = await start({ limits: { connections: 1 } });
    const first = await openRaw(controller);
    await expect(openRaw(controller)).rejects.toThrow();
    expect(controller.rejections.get("connections")).toBe(1);
    first.destroy();
  });

  test("TLS that the controller is too old or too new for is counted", async () => {
    await using controller = await startController(
      { ...plain, tls: { maxVersion: "TLSv1.2" } },
      { certificate: await makeCertificate({ key: "rsa-2048" }) },
    );
    const socket = connect({ port: controller.port, ca: controller.ca, minVersion: "TLSv1.3" });
    await expect(once(socket, "secureConnect")).rejects.toThrow();
    await controller.until(() => controller.rejections.get("tls") === 1);
  });

  test("a controller of old can be had: TLS 1.0, RSA with 1024 bits, SHA-1", async () => {
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" } as const;
    await using controller = await startController({ ...plain, tls: { ...old, key: "rsa-1024" } });
    const { port, ca } = controller;
    await expect(openRaw(controller)).rejects.toThrow();
    const socket = connect({ host: "127.0.0.1", port, ca, ...old });
    await once(socket, "secureConnect");
    expect(socket.getProtocol()).toBe("TLSv1");
    socket.destroy();
  });
});

test("the control port tells another process what happened, and clears it", async () => {
  await using controller = await start({ controlPort: 0 });
  const ask = async (method: string, path: string) =>
    (await request(`${controller.control}${path}`, { method })).body.json();
  await get(controller, "/nowhere");
  expect(await ask("GET", "/rejections")).toEqual({ "not-found": 1 });
  expect(await ask("GET", "/journal")).toEqual([
    expect.objectContaining({ target: "/nowhere", rejection: "not-found" }),
  ]);
  expect(await ask("GET", "/leaked")).toBe(0);
  await ask("POST", "/clear");
  expect(await ask("GET", "/rejections")).toEqual({});
  expect(controller.journal.entries).toEqual([]);
});

test("closing twice is harmless, and cuts what is open", async () => {
  const controller = await start();
  const socket = await openRaw(controller);
  const cut = once(socket, "close");
  await Promise.all([controller.close(), controller.close()]);
  await cut;
  await expect(openRaw(controller)).rejects.toThrow("ECONNREFUSED");
});
