import { once } from "node:events";
import { Agent, get } from "node:http";
import { WebSocket } from "ws";
import { ANSWER } from "./stand-in.ts";

/** One kind of work for an edge. */
export interface EdgeLoad {
  readonly name: string;
  readonly unit: "request" | "WebSocket" | "message";
  /** How many of them a round does. */
  readonly count: number;
  /** Does `count` of them, and checks every answer. */
  run(caller: Caller, count: number): Promise<void>;
}

/** Where the edge is, and what a browser would show it. */
export interface Caller {
  readonly port: number;
  readonly cookie: string;
}

const AT_ONCE = 16;
const MESSAGE = Buffer.alloc(64, "m");

export const loads: readonly EdgeLoad[] = [
  { name: "GET 1 KiB, 16 kept connections", unit: "request", count: 6_000, run: requests },
  { name: "a WebSocket opened and closed", unit: "WebSocket", count: 1_500, run: opens },
  { name: "64 B echo over 16 WebSockets", unit: "message", count: 30_000, run: messages },
];

async function requests(caller: Caller, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  await atOnce(count, () => request(caller, agent));
  agent.destroy();
}

async function request({ port, cookie }: Caller, agent: Agent): Promise<void> {
  const outgoing = get({ agent, port, host: "127.0.0.1", path: "/page", headers: { cookie, accept: "*/*" } });
  const [message] = await once(outgoing, "response");
  let bytes = 0;
  for await (const chunk of message) bytes += chunk.length;
  if (message.statusCode !== 200 || bytes !== ANSWER) throw new Error(`${message.statusCode}, ${bytes} bytes`);
}

async function opens(caller: Caller, count: number): Promise<void> {
  await atOnce(count, async () => {
    const socket = await open(caller);
    socket.close();
    await once(socket, "close");
  });
}

async function messages(caller: Caller, count: number): Promise<void> {
  const each = Math.ceil(count / AT_ONCE);
  await atOnce(AT_ONCE, async () => {
    const socket = await open(caller);
    for (let sent = 0; sent < each; sent++) {
      socket.send(MESSAGE);
      const [echo] = await once(socket, "message");
      if (!MESSAGE.equals(echo)) throw new Error("another message came back");
    }
    socket.close();
    await once(socket, "close");
  });
}

async function open({ port, cookie }: Caller): Promise<WebSocket> {
  const headers = { cookie, origin: `http://127.0.0.1:${port}` };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/console`, { headers, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

async function atOnce(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
}
