import { once } from "node:events";
import { connect } from "node:tls";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { makeCertificate } from "../support/certificates.ts";
import { Bytes, readFrame } from "../support/raw-websocket.ts";
import { ManualClock } from "./core/clock.ts";
import { type Controller, type ControllerOptions, startController } from "./core/controller.ts";
import type { Family } from "./core/family.ts";
import { foreignCertificate } from "./core/tls-profiles.ts";
import { exchangeRaw, handshakeBytes, openRaw } from "./raw-client.ts";
import { ConsoleSocket } from "./scenarios/console-socket.ts";

/** A page, and a console that speaks first and then echoes. */
const small: Family<undefined> = {
  name: "small",
  behave: () => ({
    routes: [
      { method: "GET", path: "/", handle: (exchange) => exchange.send(200, {}, "hello") },
      { method: "POST", path: "/", handle: (exchange) => exchange.send(200, {}, "changed") },
    ],
    sockets: [
      {
        path: "/console",
        open: (upgrade) =>
          upgrade.accept({ protocol: upgrade.offers()[0] }, (websocket) => {
            websocket.on("message", (data: Buffer) => websocket.send(data));
            websocket.send("welcome");
          }),
      },
    ],
  }),
};

const start = (options: ControllerOptions = {}) => startController(small, options);
const GET = "GET / HTTP/1.1\r\nHost: bmc\r\nConnection: close\r\n\r\n";

function openSocket({ url, ca }: Controller, protocols: string[] = []): WebSocket {
  return new WebSocket(`${url.replace("https", "wss")}/console`, protocols, { ca });
}

describe("silence", () => {
  test("seven seconds before an answer: what was asked is in the journal, and nothing comes back sooner", async () => {
    const clock = new ManualClock();
    await using controller = await start({ clock, silence: { answerMs: 7000 } });
    let answer = "";
    const asking = exchangeRaw(controller, GET).then((text) => {
      answer = text;
    });
    await controller.until(() => controller.journal.last("/") !== undefined);
    clock.advance(6999);
    // Another exchange's round trip is long enough for an answer that had been sent to arrive.
    (await openRaw(controller)).destroy();
    expect(answer).toBe("");
    clock.advance(1);
    await asking;
    expect(answer).toMatch(/hello$/);
  });

  test("before a handshake's answer", async () => {
    const clock = new ManualClock();
    await using controller = await start({ clock, silence: { answerMs: 7000 } });
    const socket = openSocket(controller);
    await controller.until(() => controller.journal.last("/console") !== undefined);
    expect(socket.readyState).toBe(WebSocket.CONNECTING);
    clock.advance(7000);
    await once(socket, "open");
  });

  test("on an open console: what the viewer says meanwhile is answered after it", async () => {
    const clock = new ManualClock();
    await using controller = await start({ clock, silence: { socketMs: 7000 } });
    const console = await ConsoleSocket.over(openSocket(controller));
    console.send(Buffer.from("early"));
    clock.advance(7000);
    expect(String(await console.next())).toBe("welcome");
    expect(String(await console.next())).toBe("early");
  });

  test("who goes away meanwhile gets no answer, and nothing waits on", async () => {
    const clock = new ManualClock();
    await using controller = await start({ clock, silence: { answerMs: 7000 } });
    const socket = await openRaw(controller);
    socket.write(GET);
    await controller.until(() => controller.journal.last("/") !== undefined);
    socket.destroy();
    await controller.until(() => controller.journal.last("/")?.status !== undefined);
    clock.advance(7000);
    expect(controller.rejections.size).toBe(0);
  });
});

describe("a handshake that ends oddly", () => {
  test.each([
    ["wrong-accept", "Invalid Sec-WebSocket-Accept header"],
    ["extra-subprotocol", "Server sent an invalid subprotocol"],
    ["extension", "Server sent a Sec-WebSocket-Extensions header but no extension was requested"],
  ] as const)("%s", async (handshakes, fault) => {
    await using controller = await start({ handshakes });
    const { url, ca } = controller;
    const socket = new WebSocket(`${url.replace("https", "wss")}/console`, ["binary"], {
      ca,
      perMessageDeflate: false,
    });
    await expect(once(socket, "open")).rejects.toThrow(fault);
  });

  test("http-text", async () => {
    await using controller = await start({ handshakes: "http-text" });
    const socket = openSocket(controller, ["binary"]);
    const [error] = await once(socket, "error");
    expect(String(error)).toMatch(/RSV1|reserved|opcode/i);
  });
});

test("a message in small frames is the same message", async () => {
  await using controller = await start({ fragmentBytes: 3 });
  const socket = await openRaw(controller);
  const bytes = new Bytes(socket);
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const lines = ["Host: bmc", "Upgrade: websocket", "Connection: Upgrade", key, "Sec-WebSocket-Version: 13"];
  socket.write(handshakeBytes("/console", lines));
  await bytes.takeUntil("\r\n\r\n");
  const frames = [await readFrame(bytes), await readFrame(bytes), await readFrame(bytes)];
  expect(frames.map(({ opcode, fin, payload }) => [opcode, fin, String(payload)])).toEqual([
    [1, false, "wel"],
    [0, false, "com"],
    [0, true, "e"],
  ]);
  socket.destroy();
});

describe("connections", () => {
  test("a second request on one ends it, unread; a new one is answered", async () => {
    await using controller = await start({ limits: { cutsReused: true } });
    const socket = await openRaw(controller);
    const post = "POST / HTTP/1.1\r\nHost: bmc\r\nContent-Length: 0\r\n\r\n";
    socket.write(post);
    expect(String(await once(socket, "data"))).toMatch(/changed$/);
    socket.write(post);
    await once(socket, "close");
    expect(await exchangeRaw(controller, GET)).toMatch(/hello$/);
    expect(controller.journal.entries.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test("all are reset at once, and new ones are taken", async () => {
    await using controller = await start();
    const socket = await openRaw(controller);
    const console = openSocket(controller);
    await once(console, "open");
    const [reset] = await Promise.all([once(socket, "error"), once(console, "close"), controller.reset()]);
    expect(reset[0]).toMatchObject({ code: "ECONNRESET" });
    expect(await exchangeRaw(controller, GET)).toMatch(/hello$/);
  });
});

describe("certificates", () => {
  async function nameSeen(controller: Controller): Promise<string> {
    const socket = connect({ host: "127.0.0.1", port: controller.port, rejectUnauthorized: false });
    try {
      await once(socket, "secureConnect");
      return String(socket.getPeerCertificate().subject.CN);
    } finally {
      socket.destroy();
    }
  }

  test("one for another name is refused by who looks", async () => {
    await using controller = await start({ certificate: await foreignCertificate() });
    await expect(openRaw(controller)).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });

  test("another one from now on; an open connection goes on", async () => {
    await using controller = await start();
    const open = await openRaw(controller);
    expect(await nameSeen(controller)).toBe("127.0.0.1");
    controller.present(await makeCertificate({ subject: "CN=impostor", names: ["127.0.0.1"] }));
    expect(await nameSeen(controller)).toBe("impostor");
    open.write(GET);
    const [answer] = await once(open, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200/);
  });
});
