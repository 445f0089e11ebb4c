import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import httpProxy from "http-proxy";
import { jwtVerify } from "jose";
import { WebSocket, WebSocketServer } from "ws";

/** The usual way in Node: messages are taken apart at one end and put together at the other. */
const { JWT_KEY = "", CERT_PATH = "", KEY_PATH = "", CONTROLLER_PORT = "" } = process.env;
const key = new TextEncoder().encode(JWT_KEY);
const CIPHER = "TLS_AES_128_GCM_SHA256";
const MAX_HEAD = 64 * 1024;

const agent = new Agent({ keepAlive: true, ciphers: CIPHER, rejectUnauthorized: false });
const proxy = httpProxy.createProxyServer({
  target: `https://127.0.0.1:${CONTROLLER_PORT}`,
  agent,
  secure: false,
  changeOrigin: true,
});
proxy.on("error", (error) => console.error("proxy", error.message));

const server = createServer({
  cert: readFileSync(CERT_PATH),
  key: readFileSync(KEY_PATH),
  ciphers: CIPHER,
  maxHeaderSize: MAX_HEAD,
  keepAliveTimeout: 120_000,
});
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });

server.on("request", async (request, response) => {
  if (!(await isAllowed(request, request.headers["x-pm-host"]?.toString()))) {
    response.writeHead(401).end();
    return;
  }
  delete request.headers.cookie;
  proxy.web(request, response);
});

server.on("upgrade", async (request: IncomingMessage, socket: Socket, head: Buffer) => {
  const [, address, port, path] = /^\/websocket\/([^/]+)\/(\d+)(\/[^?]*)/.exec(request.url ?? "") ?? [];
  if (!(await isAllowed(request, address))) {
    socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
    return;
  }
  sockets.handleUpgrade(request, socket, head, (browser) => {
    bridge(browser, new WebSocket(`wss://${address}:${port}${path}`, { agent: upgrades, perMessageDeflate: false }));
  });
});

/** A connection of its own for each WebSocket, whose TLS session the agent remembers. */
const upgrades = new Agent({ ciphers: CIPHER, rejectUnauthorized: false });

async function isAllowed({ headers }: IncomingMessage, address: string | undefined): Promise<boolean> {
  const token = /(?:^|;\s*)pm-session=([^;]+)/.exec(headers.cookie ?? "")?.[1];
  if (token === undefined) return false;
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: ["HS256"], requiredClaims: ["exp"] });
    return payload.ip === address;
  } catch (error) {
    console.error("token", (error as Error).message);
    return false;
  }
}

function bridge(browser: WebSocket, controller: WebSocket): void {
  const early: [Buffer, boolean][] = [];
  browser.on("message", (data: Buffer, binary) => {
    if (controller.readyState === WebSocket.OPEN) controller.send(data, { binary });
    else early.push([data, binary]);
  });
  controller.on("open", () => {
    for (const [data, binary] of early.splice(0)) controller.send(data, { binary });
  });
  controller.on("message", (data, binary) => browser.send(data, { binary }));
  browser.on("close", () => controller.close());
  controller.on("close", () => browser.close());
  for (const socket of [browser, controller]) socket.on("error", (error) => console.error("bridge", error.message));
}

server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  process.send?.((server.address() as AddressInfo).port);
});
