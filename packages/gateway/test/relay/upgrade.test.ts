import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { Deadlines } from "../../src/pools/deadlines.ts";
import { SharedReads } from "../../src/pools/shared-reads.ts";
import { acceptKey, openWebSocket } from "../../src/relay/upgrade.ts";
import type { UpgradeAnswer } from "../../src/relay/upgrade-answer.ts";

const PATIENCE = 10_000;

interface Meeting extends AsyncDisposable {
  /** The gateway's side. */
  readonly socket: Socket;
  /** What the controller's side was asked for, its socket and the answer to the key that came. */
  readonly asked: Promise<{ readonly head: string; readonly socket: Socket; readonly accept: string }>;
  /** All that comes from now on, to its end. */
  rest(): Promise<string>;
  open(options?: { timeout?: number; signal?: AbortSignal; path?: string }): Promise<UpgradeAnswer>;
}

async function meet(): Promise<Meeting> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const reads = new SharedReads();
  const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: reads.onread });
  await once(socket, "connect");
  // As `dial` leaves it.
  socket.on("error", () => {});
  const [peer] = (await accepted) as [Socket];
  peer.setNoDelay(true).on("error", () => peer.destroy());
  return {
    socket,
    asked: once(peer, "data").then(([bytes]) => {
      const head = String(bytes);
      return { head, socket: peer, accept: acceptKey(/Sec-WebSocket-Key: (\S+)/.exec(head)?.[1] ?? "") };
    }),
    async rest() {
      let all = "";
      const ended = once(socket, "end");
      socket.resume();
      reads.start((bytes) => {
        all += String(bytes);
        return true;
      });
      await ended;
      return all;
    },
    open: ({ timeout = PATIENCE, signal = new AbortController().signal, path = "/kvm?a=1" } = {}) =>
      openWebSocket({
        ...{ socket, reads, path, headers: ["Host", "10.0.0.1"], protocols: "binary", signal },
        deadlines: new Deadlines(timeout),
      }),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      peer.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const switching = (accept: string, lines = "") =>
  `HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${lines}\r\n`;

test("the handshake goes out in the RFC's own case, with another key each time", async () => {
  const keys = new Set<string>();
  // More than are made at once.
  for (let round = 0; round < 70; round++) {
    await using meeting = await meet();
    const opening = meeting.open();
    const { head, socket, accept } = await meeting.asked;
    expect(head).toMatch(
      /^GET \/kvm\?a=1 HTTP\/1\.1\r\nHost: 10\.0\.0\.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: [\w+/]{22}==\r\nSec-WebSocket-Protocol: binary\r\n\r\n$/,
    );
    keys.add(accept);
    socket.write(switching(accept));
    await opening;
  }
  expect(keys.size).toBe(70);
});

test("what comes with and behind the head is lost nowhere, wherever the head is split", async () => {
  const length = switching(acceptKey("")).length;
  for (let at = 1; at < length + 4; at += 9) {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket, accept } = await meeting.asked;
    const bytes = Buffer.from(`${switching(accept)}abcdef`);
    socket.write(bytes.subarray(0, at), () => setImmediate(() => socket.end(bytes.subarray(at))));
    const answer = await opening;
    if (!answer.switched) throw new Error("did not switch");
    // A turn of the loop in which nobody listens: what is not read waits in the kernel.
    await new Promise(setImmediate);
    expect(String(answer.rest) + (await meeting.rest())).toBe("abcdef");
  }
});

describe("a switch is refused that", () => {
  test.each([
    ["does not prove its key", () => switching("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "accept-key"],
    ["proves it twice", (key: string) => switching(key, `Sec-WebSocket-Accept: ${key}\r\n`), "accept-key"],
    ["goes to another protocol", (key: string) => switching(key).replace("WebSocket\r", "h2c\r"), "upgrade-header"],
    ["says so in no Connection", (key: string) => switching(key).replace(", Upgrade", ""), "connection-header"],
    [
      "names an extension",
      (key: string) => switching(key, "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
      "unasked-extension",
    ],
    ["folds a line", (key: string) => switching(key, " more\r\n"), "header-name"],
  ])("%s", async (_, answer, code) => {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket, accept } = await meeting.asked;
    socket.write(answer(accept));
    await expect(opening).rejects.toMatchObject({ reason: "controller-garbage", code });
    expect(meeting.socket.destroyed).toBe(true);
  });
});

describe("another answer is handed on,", () => {
  test.each([
    ["with a length", "Content-Length: 5\r\n\r\nno no", "no no"],
    ["in chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n3\r\n no\r\n0\r\n\r\n", "no no"],
    ["until the end", "\r\nno no", "no no"],
    ["empty", "Content-Length: 0\r\n\r\n", ""],
  ])("%s, behind an interim one", async (_, rest, body) => {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket } = await meeting.asked;
    socket.end(`HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 401 Not You\r\nX-A: b\r\n${rest}`);
    const answer = await opening;
    if (answer.switched) throw new Error("switched");
    expect(answer.head).toMatchObject({ status: 401, phrase: "Not You" });
    expect(answer.head.headers.slice(0, 2)).toEqual(["X-A", "b"]);
    expect(await text(answer.body)).toBe(body);
  });

  test("however long, at its reader's pace", async () => {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket } = await meeting.asked;
    const long = Buffer.alloc(8 * 1024 * 1024, "x");
    socket.write(`HTTP/1.1 404 Not Found\r\nContent-Length: ${long.length}\r\n\r\n`);
    socket.end(long);
    const answer = await opening;
    if (answer.switched) throw new Error("switched");
    await new Promise(setImmediate);
    expect(answer.body.readableLength).toBeLessThan(1024 * 1024);
    expect((await text(answer.body)).length).toBe(long.length);
  });

  test.each([
    ["with a length", (length: number) => `Content-Length: ${length}\r\n`],
    ["until the end", () => ""],
  ])("%s, whole, though the controller hung up before its reader was done", async (_, lines) => {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket } = await meeting.asked;
    const page = Buffer.alloc(20_000, "x");
    socket.write(`HTTP/1.1 401 No\r\n${lines(page.length)}\r\n`);
    const answer = await opening;
    if (answer.switched) throw new Error("switched");
    // A reader that takes a little and stops, while the rest comes.
    socket.end(page);
    await once(answer.body, "readable");
    answer.body.read(1);
    await once(meeting.socket, "close");
    expect((await text(answer.body)).length).toBe(page.length - 1);
  });

  test("and one that breaks off fails", async () => {
    await using meeting = await meet();
    const opening = meeting.open();
    const { socket } = await meeting.asked;
    socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nhalf");
    const answer = await opening;
    if (answer.switched) throw new Error("switched");
    await expect(text(answer.body)).rejects.toMatchObject({ reason: "controller-reset", code: "cut-off" });
  });
});

describe("no answer:", () => {
  test("an end before the head", async () => {
    await using meeting = await meet();
    const opening = meeting.open();
    (await meeting.asked).socket.end("HTTP/1.1 101");
    await expect(opening).rejects.toMatchObject({ reason: "controller-reset" });
  });

  test("a head that is not whole in time", async () => {
    await using meeting = await meet();
    const opening = meeting.open({ timeout: 50 });
    const { socket } = await meeting.asked;
    socket.write("HTTP/1.1 101 Switching");
    await expect(opening).rejects.toMatchObject({ reason: "controller-timeout", code: "answer-timeout" });
    expect(meeting.socket.destroyed).toBe(true);
  });

  test("whoever asked gives up", async () => {
    await using meeting = await meet();
    const abort = new AbortController();
    const opening = meeting.open({ signal: abort.signal });
    await meeting.asked;
    abort.abort();
    await expect(opening).rejects.toMatchObject({ reason: "controller-timeout", code: "aborted" });
    expect(meeting.socket.destroyed).toBe(true);
  });

  test("nothing is written that would be read as more than a request line", async () => {
    await using meeting = await meet();
    await expect(meeting.open({ path: "/a HTTP/1.1\r\nX: y" })).rejects.toMatchObject({ reason: "internal-error" });
    expect(meeting.socket.destroyed).toBe(true);
  });
});
