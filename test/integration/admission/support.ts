import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../../support/gateway.ts";
import { type Called, call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";

/** A gateway and a controller without TLS behind it that keeps what reaches it. */
export interface Gate extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly controllerPort: number;
  /** Requests that reached the controller. */
  readonly reached: IncomingMessage[];
  token(claims?: Parameters<typeof mintToken>[0], options?: Parameters<typeof mintToken>[1]): Promise<string>;
  send(options: SendOptions): Promise<Called>;
}

export interface SendOptions {
  readonly token?: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  /** Beside, or (with `undefined`) instead of, those that an original edge sends. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export async function startGate(options: TestGatewayOptions = {}): Promise<Gate> {
  const reached: IncomingMessage[] = [];
  const server = createServer((message, response) => {
    reached.push(message);
    message.resume();
    response.end("controller");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const controllerPort = (server.address() as AddressInfo).port;
  const gateway = await startTestGateway(options);
  return {
    gateway,
    controllerPort,
    reached,
    token: (claims = {}, mint = {}) => mintToken({ port: controllerPort, scheme: "http", ...claims }, mint),
    send: ({ token, method = "GET", path = "/", body, headers = {} }) => {
      const own = {
        Host: "gw1.example.test",
        "X-PM-Host": "127.0.0.1",
        "X-Forwarded-Host": "k7.example.test",
        "X-Forwarded-Proto": "https",
        ...(token === undefined ? {} : { Cookie: `pm-session=${token}` }),
        ...headers,
      };
      const sent = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >;
      const options = { ca: gateway.ca, method, headers: sent, ...(body === undefined ? {} : { body }) };
      return call(`https://127.0.0.1:${gateway.port}`, path, options);
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
    },
  };
}
