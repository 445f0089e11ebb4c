import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { type Agent, request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket, WebSocketServer } from "ws";
import { type Command, startCommand } from "../../support/process.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

/** A controller whose answers wait until they are released. */
export interface Slow extends AsyncDisposable {
  readonly port: number;
  readonly waiting: ServerResponse[];
  arrived(count: number): Promise<void>;
}

async function startSlow(): Promise<Slow> {
  const waiting: ServerResponse[] = [];
  const server = createServer((message, response) => {
    if (message.url === "/now") response.end("now");
    else {
      waiting.push(response);
      server.emit("arrived");
    }
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    waiting,
    async arrived(count) {
      while (waiting.length < count) await once(server, "arrived");
    },
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What the tests of a file stand on. */
export interface Ground extends AsyncDisposable {
  readonly slow: Slow;
  /** For the gateways' data. */
  readonly folder: string;
}

export async function prepareGround(): Promise<Ground> {
  const slow = await startSlow();
  const folder = await mkdtemp(join(tmpdir(), "sallyport-operation-"));
  return {
    slow,
    folder,
    async [Symbol.asyncDispose]() {
      await slow[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** A gateway as a command, with that controller behind it. */
export interface Served {
  readonly gateway: Command;
  readonly port: number;
  readonly token: string;
}

export async function serveBefore(
  { slow, folder }: Ground,
  more: Record<string, string> = {},
  user?: number,
): Promise<Served> {
  const gateway = startCommand(["serve"], {
    ...(user === undefined ? {} : { user }),
    environment: {
      JWT_KEY: TEST_SECRET,
      LISTEN: "127.0.0.1:0",
      ADMIN_LISTEN: "127.0.0.1:0",
      ALLOWED_TARGETS: "127.0.0.0/8",
      DETECT_PLATFORMS: "false",
      // Each of two workers has half of it, and one may get all requests.
      MAX_CONNECTIONS_PER_CONTROLLER: "20",
      DATA_DIR: folder,
      DRAIN_SECONDS: "5",
      ...more,
    },
  });
  const { port } = await gateway.logged("serving");
  return { gateway, port: Number(port), token: await mintToken({ port: slow.port, scheme: "http" }) };
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export function get(port: number, token: string, path: string, agent?: Agent): Promise<Answer> {
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, headers, rejectUnauthorized: false, agent: agent ?? false };
    request(options, async (answer) => {
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode ?? 0, body: String(Buffer.concat(chunks)) });
      } catch (error) {
        reject(error);
      }
    })
      .on("error", reject)
      .end();
  });
}

/** Whatever is sent to it comes back. */
export function openSocket(slow: Slow, port: number, token: string): WebSocket {
  const envelope = encodeURIComponent(
    btoa(JSON.stringify({ host: "k7.example.test", origin: "https://k7.example.test" })),
  );
  return new WebSocket(`wss://127.0.0.1:${port}/websocket/127.0.0.1/${slow.port}/kvm?headers=${envelope}`, {
    headers: { Cookie: `pm-session=${token}`, "X-PM-Wire": "2" },
    rejectUnauthorized: false,
    perMessageDeflate: false,
  });
}
