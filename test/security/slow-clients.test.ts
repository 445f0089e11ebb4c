import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { closed, openRaw, statusesOf } from "../support/raw-http.ts";
import { type Attack, startAttack } from "./attack.ts";

const SOON = { limits: { headMs: 300, bodyMs: 300 } };

/** Writes byte after byte until the other side hangs up; what came from there. */
async function trickle(socket: Socket): Promise<string> {
  let answer = "";
  socket.on("data", (chunk) => (answer += chunk));
  const timer = setInterval(() => socket.writable && socket.write("x"), 20);
  await closed(socket);
  clearInterval(timer);
  return answer;
}

describe("is hung up on", () => {
  test("who connects and says nothing", async () => {
    await using attack = await startAttack(SOON);
    const socket = connect({ host: "127.0.0.1", port: attack.gateway.port });
    socket.on("error", () => socket.destroy());
    socket.resume();
    await closed(socket);
  });

  test("who shakes hands and says nothing", async () => {
    await using attack = await startAttack(SOON);
    const socket = await openRaw(attack.gateway);
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    await closed(socket);
    expect(statusesOf(answer)).toEqual([408]);
    expect(await attack.denial()).toBe("request-timeout");
  });

  test("who sends a head by the byte", async () => {
    await using attack = await startAttack(SOON);
    const socket = await openRaw(attack.gateway);
    socket.write("GET / HTTP/1.1\r\nX: ");
    const answer = await trickle(socket);
    expect(statusesOf(answer)).toEqual([408]);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(await attack.denial()).toBe("request-timeout");
  });

  test("who sends a second head by the byte, behind one that was answered", async () => {
    await using attack = await startAttack(SOON);
    attack.controller.answer = () => "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    const socket = await openRaw(attack.gateway);
    socket.write(`${attack.head()}GET / HTTP/1.1\r\nX: `);
    expect(statusesOf(await trickle(socket))).toEqual([200, 408]);
  });

  test("who sends a head by the byte while his first request waits: nothing is said out of turn", async () => {
    await using attack = await startAttack(SOON);
    attack.controller.answer = () => undefined;
    const socket = await openRaw(attack.gateway);
    socket.write(`${attack.head()}GET / HTTP/1.1\r\nX: `);
    expect(await trickle(socket)).toBe("");
  });

  test("who sends an admitted body by the byte, and the controller is let go of", async () => {
    await using attack = await startAttack(SOON);
    attack.controller.answer = () => undefined;
    const socket = await openRaw(attack.gateway);
    socket.write(attack.head({ method: "POST", lines: ["Content-Length: 100000"] }));
    expect(await trickle(socket)).toBe("");
    await attack.controller.idle();
  });

  test("who reads nothing of how an upgrade is refused, and the controller is let go of", async () => {
    await using attack = await startAttack(SOON);
    const body = "x".repeat(32 * 1024 * 1024);
    attack.controller.answer = () => `HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const socket = await openRaw(attack.gateway);
    socket.write(attack.upgradeHead());
    await attack.controller.until((received) => received.includes("/kvm"));
    await attack.controller.idle();
    await closed(socket.resume());
    expect(socket.bytesRead).toBeLessThan(body.length);
  });

  test("who is not admitted and has a body to send", async () => {
    await using attack = await startAttack(SOON);
    const socket = await openRaw(attack.gateway);
    socket.write("POST / HTTP/1.1\r\nHost: k7.example.test\r\nX-PM-Host: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n");
    expect(statusesOf(await trickle(socket))).toEqual([401]);
  });
});

test("a body that a controller does not take is not held against its client", async () => {
  await using attack = await startAttack({ limits: { bodyMs: 100 } });
  const taken = Promise.withResolvers<void>();
  attack.controller.answer = (received, socket) => {
    if (TRICKLING.test(received)) return undefined;
    socket.pause();
    // Longer than a trickle would live: as long as one that is refused takes.
    void trickled(attack).then(() => {
      socket.resume();
      taken.resolve();
    });
    return undefined;
  };
  const body = "x".repeat(16 * 1024 * 1024);
  const socket = await openRaw(attack.gateway);
  socket.write(attack.head({ method: "POST", lines: [`Content-Length: ${body.length}`] }));
  socket.write(body);
  await taken.promise;
  await attack.controller.until((received) => received.length > body.length);
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test("who takes nothing of an answer is hung up on, and gives the controller's connections back", async () => {
  await using attack = await startAttack(SOON);
  const endless = Buffer.alloc(64 * 1024, "x");
  let taken = 0;
  attack.controller.answer = (head, socket) => {
    if (head.startsWith("GET /short ")) return "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    const more = () => {
      while (socket.writable && socket.write(endless)) taken += endless.length;
    };
    socket.on("drain", more);
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    more();
    return undefined;
  };
  const stalled = await Promise.all(Array.from({ length: 6 }, () => openRaw(attack.gateway)));
  for (const socket of stalled)
    socket.pause().write(`${attack.head({ path: "/short" })}${attack.head({ path: "/endless" })}`);
  await attack.controller.until((received) => received.split("GET /endless ").length > stalled.length);
  const other = await openRaw(attack.gateway);
  const answered = once(other, "data");
  other.write(attack.head({ path: "/short" }));
  expect(statusesOf(String((await answered)[0]))).toEqual([200]);
  expect(taken).toBeGreaterThan(0);
  for (const socket of [other, ...stalled]) socket.destroy();
});

test("who stands still gets all of an answer where nobody else waits for the connection", async () => {
  await using attack = await startAttack({ limits: { bodyMs: 100 } });
  const length = 16 * 1024 * 1024;
  attack.controller.answer = (head, controller) => {
    if (TRICKLING.test(head)) return undefined;
    controller.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    controller.end(Buffer.alloc(length, "x"));
    return undefined;
  };
  const socket = await openRaw(attack.gateway);
  socket.write(attack.head({ lines: ["Connection: close"] }));
  await once(socket, "readable");
  // As long as one who is refused takes, and a look at every clock.
  await trickled(attack);
  let received = 0;
  for await (const piece of socket) received += (piece as Buffer).length;
  expect(received).toBeGreaterThan(length);
});

const TRICKLING = /^POST \/[01] /;

/** How long it takes until somebody else's body that trickles is cut off, twice over. */
async function trickled(attack: Attack): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const socket = await openRaw(attack.gateway);
    socket.write(attack.head({ method: "POST", path: `/${round}`, lines: ["Content-Length: 9"] }));
    await closed(socket.resume());
  }
}

describe("one session has no more than its share of connections", () => {
  const many = (attack: Attack, count: number) =>
    Promise.all(Array.from({ length: count }, () => openRaw(attack.gateway)));

  test("one after the other: the next is told to come later", async () => {
    await using attack = await startAttack();
    attack.controller.answer = () => undefined;
    const [first, ...sockets] = await many(attack, 130);
    first?.write(attack.head({ path: "/slow" }));
    // It is in now, and the others join it.
    await attack.controller.until((received) => received.includes("/slow"));
    for (const socket of sockets) socket.write(attack.head({ path: "/slow" }));
    const line = await attack.gateway.waitForLine(({ reason }) => reason === "connections-full");
    expect(line.detail).toBe("session");
    for (const socket of [first, ...sockets]) socket?.destroy();
  });

  test("all at once: those too many are cut", async () => {
    await using attack = await startAttack();
    attack.controller.answer = () => undefined;
    const sockets = await many(attack, 300);
    let gone = 0;
    const enough = new Promise<void>((resolve) => {
      for (const socket of sockets) {
        socket.resume().once("close", () => {
          gone += 1;
          if (gone === 300 - 256) resolve();
        });
      }
    });
    for (const socket of sockets) socket.write(attack.head({ path: "/slow", lines: ["Connection: close"] }));
    await enough;
    for (const socket of sockets) socket.destroy();
  });
});
