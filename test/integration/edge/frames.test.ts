import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Bytes, closeOf, frame, readFrame } from "../../support/raw-websocket.ts";
import { type EdgeBench, edgeToken, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
/** The gateway's end of the newest WebSocket. */
let arrived = Promise.withResolvers<Bytes>();
beforeAll(async () => {
  bench = await startEdgeBench(
    {},
    {
      upgrade: ({ headers }, socket) => {
        const key = String(headers["sec-websocket-key"]);
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        socket.write(
          [
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            `Sec-WebSocket-Accept: ${accept}`,
            "Sec-WebSocket-Protocol: binary",
            "Set-Cookie: KVM=1; Path=/",
            "Set-Cookie: pm-session=chosen; Path=/",
            "X-PM-Other: 1",
            "X_Language: en",
            "",
            "",
          ].join("\r\n"),
        );
        arrived.resolve(new Bytes(socket as Socket));
        return true;
      },
    },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

interface Pair extends AsyncDisposable {
  readonly head: string;
  readonly browser: Bytes;
  readonly gateway: Bytes;
}

/** A WebSocket through the edge whose browser offers compression, as Chromium always does. */
async function open(): Promise<Pair> {
  arrived = Promise.withResolvers();
  const { hostname, port, host, origin } = new URL(bench.edge.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const lines = [
    "GET /kvm HTTP/1.1",
    `Host: ${host}`,
    `Origin: ${origin}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: binary, base64",
    "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
    `Cookie: __Host-pm-session=${await edgeToken()}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const browser = new Bytes(socket);
  const head = await browser.takeUntil("\r\n\r\n");
  const gateway = await arrived.promise;
  return {
    head,
    browser,
    gateway,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      gateway.socket.destroy();
    },
  };
}

const text = (value: string) => Buffer.from(value);
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10];

describe("P-09: the answer to an upgrade", () => {
  test("says 101 with the chosen sub-protocol and the controller's headers, and nothing of ours", async () => {
    await using pair = await open();
    expect(pair.head).toMatch(/^HTTP\/1\.1 101 /);
    expect(pair.head).toMatch(/\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
    expect(pair.head).toMatch(/\r\nSec-WebSocket-Protocol: binary\r\n/i);
    expect(pair.head).toMatch(/\r\nSet-Cookie: KVM=1; Path=\/\r\n/i);
    expect(pair.head).toMatch(/\r\nX_Language: en\r\n/i);
    expect(pair.head).not.toMatch(/x-pm-|pm-session|sec-websocket-extensions/i);
  });

  test("compression is taken out of the offer, so that frames pass as they are", async () => {
    await using _pair = await open();
    const { headers } = bench.origin.last();
    expect(headers["sec-websocket-extensions"] ?? "").toBe("");
    expect(headers["sec-websocket-protocol"]).toBe("binary, base64");
  });
});

describe("frames from the gateway", () => {
  test("fragments, and a ping between them, reach the browser one by one", async () => {
    await using pair = await open();
    pair.gateway.socket.write(
      Buffer.concat([
        frame(BINARY, text("one"), { fin: false }),
        frame(PING, text("between")),
        frame(CONTINUATION, text("two"), { fin: false }),
        frame(CONTINUATION, text("")),
        frame(TEXT, text("whole")),
      ]),
    );
    const seen = [];
    for (let count = 0; count < 5; count++) seen.push(await readFrame(pair.browser));
    expect(seen.map(({ opcode, fin, payload }) => [opcode, fin, String(payload)])).toEqual([
      [BINARY, false, "one"],
      [PING, true, "between"],
      [CONTINUATION, false, "two"],
      [CONTINUATION, true, ""],
      [TEXT, true, "whole"],
    ]);
  });

  test("a ping is the browser's to answer, and its pong arrives", async () => {
    await using pair = await open();
    pair.gateway.socket.write(frame(PING, text("marked")));
    expect((await readFrame(pair.browser)).opcode).toBe(PING);
    pair.browser.socket.write(frame(PONG, text("marked"), { masked: true }));
    const pong = await readFrame(pair.gateway);
    expect([pong.opcode, String(pong.payload)]).toEqual([PONG, "marked"]);
  });

  test.each([
    [4001, "sallyport:expired"],
    [1000, ""],
    [1011, "sallyport:fault"],
  ])("a close with code %i and its reason reach the browser", async (code, reason) => {
    await using pair = await open();
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), text(reason)]);
    pair.gateway.socket.write(frame(CLOSE, payload));
    expect(closeOf(await readFrame(pair.browser))).toEqual({ opcode: CLOSE, code, reason });
  });
});

describe("frames from the browser", () => {
  test("fragments, pings, and a close with its code arrive masked and as sent", async () => {
    await using pair = await open();
    const close = Buffer.concat([Buffer.from([4002 >> 8, 4002 & 0xff]), text("bye")]);
    pair.browser.socket.write(
      Buffer.concat([
        frame(TEXT, text("one"), { fin: false, masked: true }),
        frame(PING, text("p"), { masked: true }),
        frame(CONTINUATION, text("two"), { masked: true }),
        frame(CLOSE, close, { masked: true }),
      ]),
    );
    const seen = [];
    for (let count = 0; count < 4; count++) seen.push(await readFrame(pair.gateway));
    expect(seen.map(({ opcode, fin, masked, payload }) => [opcode, fin, masked, payload.toString("latin1")])).toEqual([
      [TEXT, false, true, "one"],
      [PING, true, true, "p"],
      [CONTINUATION, true, true, "two"],
      [CLOSE, true, true, close.toString("latin1")],
    ]);
  });

  test("a browser that vanishes is gone for the gateway, too", async () => {
    await using pair = await open();
    const closed = once(pair.gateway.socket, "close");
    pair.browser.socket.destroy();
    await closed;
  });
});
