import { once } from "node:events";
import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { every, ManualClock } from "./core/clock.ts";
import { type Controller, type ControllerOptions, startController } from "./core/controller.ts";
import type { Family } from "./core/family.ts";
import { CBC_ONLY, expiredCertificate, RSA_1024, TLS_1_0_ONLY } from "./core/tls-profiles.ts";
import { exchangeRaw, openRaw } from "./raw-client.ts";

/** One path on each of two ports, and a console slot that stays lost. */
const small: Family<undefined> = {
  name: "small",
  rules: { countLeaks: true },
  behave: () => ({
    routes: [{ method: "GET", path: "/", handle: (exchange) => exchange.send(200, { "X-A": ["1", "2"] }, "hello") }],
    sockets: [],
    ports: {
      console: { routes: [{ method: "GET", path: "/", handle: (e) => e.send(200, {}, "second") }], sockets: [] },
    },
    held: () => 1,
  }),
};

const start = (options: ControllerOptions = {}) => startController(small, options);
const GET = "GET / HTTP/1.1\r\nHost: bmc\r\nConnection: close\r\n\r\n";

async function handshake(controller: Controller, options: object): Promise<string | null> {
  const { port, ca } = controller;
  const socket = connect({ host: "127.0.0.1", port, ca, ...options });
  try {
    await once(socket, "secureConnect");
    return socket.getProtocol();
  } finally {
    socket.destroy();
  }
}

describe("odd answers", () => {
  test.each([
    ["http-1.0-cut", /^HTTP\/1\.0 200 OK\r\n[\s\S]*Content-Length: 7\r\n[\s\S]*\r\n\r\nhello$/],
    ["lf-only", /^HTTP\/1\.1 200 OK\nX-A: 1\nX-A: 2\nContent-Length: 5\nConnection: close\n\nhello$/],
    ["duplicate-content-length", /\r\nContent-Length: 5\r\nContent-Length: 5\r\n/],
    ["space-in-name", /\r\nX Firmware : 1\r\n/],
    ["unfinished-chunks", /Transfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n5\r\nhello\r\n$/],
  ] as const)("%s", async (answers, expected) => {
    await using controller = await start({ answers });
    expect(await exchangeRaw(controller, GET)).toMatch(expected);
    await controller.until(() => controller.journal.last("/")?.status === 200);
  });

  test("without a body where only the head is asked for", async () => {
    await using controller = await start({ answers: "lf-only" });
    expect(await exchangeRaw(controller, GET.replace("GET", "HEAD"))).toMatch(/\n\n$/);
  });
});

describe("old and wrong certificates", () => {
  test.each([
    ["TLS 1.0 only", TLS_1_0_ONLY, { minVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" }, "TLSv1"],
    ["a 1024-bit key", RSA_1024, { ciphers: "DEFAULT:@SECLEVEL=0" }, "TLSv1.3"],
    ["CBC ciphers only", CBC_ONLY, { ciphers: "DEFAULT:@SECLEVEL=0" }, "TLSv1.2"],
  ])("%s is met by a client that knows, and refused by one that does not", async (_name, tls, client, version) => {
    await using controller = await start({ tls });
    expect(await handshake(controller, client)).toBe(version);
    if (tls !== CBC_ONLY) await expect(handshake(controller, {})).rejects.toThrow();
  });

  test("an expired one is refused by who looks", async () => {
    await using controller = await start({ certificate: await expiredCertificate("127.0.0.1") });
    await expect(handshake(controller, {})).rejects.toMatchObject({ code: "CERT_HAS_EXPIRED" });
    expect(await handshake(controller, { rejectUnauthorized: false })).toBe("TLSv1.3");
  });
});

test("a connection past the last is reset, and one that ended is free again", async () => {
  await using controller = await start({ limits: { connections: 1 } });
  const first = await openRaw(controller);
  await expect(openRaw(controller)).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(controller.rejections.get("connections")).toBe(1);
  first.destroy();
  await once(first, "close");
  await expect.poll(() => exchangeRaw(controller, GET).catch(String)).toMatch(/hello$/);
});

test("other ports have names, numbers of their own and their own authority", async () => {
  await using controller = await start({ requireHost: true });
  const { ports, port } = controller;
  expect(Object.keys(ports)).toEqual(["web", "console"]);
  const second = { ...controller, port: ports.console ?? 0 };
  const ask = (of: number) => GET.replace("bmc", `127.0.0.1:${of}`);
  expect(await exchangeRaw(second, ask(second.port))).toMatch(/second$/);
  expect(await exchangeRaw(second, ask(port))).toMatch(/^HTTP\/1\.1 400 /);
  expect(controller.journal.entries.map((entry) => entry.status)).toEqual([200, 400]);
});

test("what belongs before a controller is counted where it comes through", async () => {
  await using controller = await start();
  const lines = [
    "X-Forwarded-For: 10.0.0.1",
    "CF-Ray: 1",
    "X-PM-Host: a",
    "Cookie: a=1; pm-session=x; __Host-pm-session=y",
  ];
  const answer = await exchangeRaw(controller, GET.replace("Host: bmc", ["Host: bmc", ...lines].join("\r\n")));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(controller.journal.last("/")?.leaks).toEqual([
    "X-Forwarded-For",
    "CF-Ray",
    "X-PM-Host",
    "cookie pm-session",
    "cookie __Host-pm-session",
  ]);
  expect(Object.fromEntries(controller.rejections)).toEqual({ leak: 1 });
});

test("what a family still holds counts as leaked", async () => {
  await using controller = await start();
  expect(controller.leaked()).toBe(1);
});

test("time that stands still goes on when told to, in the order in which things fall due", () => {
  const clock = new ManualClock(0);
  const seen: string[] = [];
  const stop = every(clock, 20, () => seen.push(`every ${clock.now()}`));
  clock.after(30, () => seen.push(`once ${clock.now()}`));
  clock.after(10, () => seen.push("never"))();
  clock.advance(45);
  stop();
  clock.advance(100);
  expect(seen).toEqual(["every 20", "once 30", "every 40"]);
  expect(clock.now()).toBe(145);
});
