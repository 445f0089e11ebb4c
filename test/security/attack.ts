import { encodeEnvelope } from "@sallyport/shared";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { type RawServer, sendRaw, startRawServer } from "../support/raw-http.ts";
import { mintToken } from "../support/tokens.ts";

/** A gateway with a controller behind it whose every byte a test decides, attacked from either side. */
export interface Attack extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly controller: RawServer;
  readonly token: string;
  /** A request head with all that admission asks for, and whatever else. */
  head(options?: HeadOptions): string;
  /** The head of an upgrade that is in order, and whatever else. */
  upgradeHead(lines?: readonly string[]): string;
  /** All that is answered to bytes on a connection of their own, until it is closed. */
  send(...texts: readonly string[]): Promise<string>;
  /** Reason of the next denial. */
  denial(): Promise<string>;
}

export interface HeadOptions {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly lines?: readonly string[];
}

export async function startAttack(options: TestGatewayOptions = {}): Promise<Attack> {
  await using undo = new AsyncDisposableStack();
  const controller = undo.use(await startRawServer());
  const gateway = undo.use(await startTestGateway(options));
  const token = await mintToken({ port: controller.port, scheme: "http" });
  const head: Attack["head"] = ({ method = "GET", path = "/", version = "HTTP/1.1", lines = [] } = {}) =>
    [
      `${method} ${path} ${version}`,
      "Host: k7.example.test",
      `Cookie: pm-session=${token}`,
      "X-PM-Host: 127.0.0.1",
      ...lines,
      "\r\n",
    ].join("\r\n");
  const envelope = encodeEnvelope({ host: "k7.example.test", origin: "https://k7.example.test" });
  const parts = undo.move();
  return {
    gateway,
    controller,
    token,
    head,
    upgradeHead: (lines = []) =>
      head({ path: `/websocket/127.0.0.1/${controller.port}/kvm?headers=${envelope}`, lines: [...UPGRADE, ...lines] }),
    send: (...texts) => sendRaw({ port: gateway.port, ca: gateway.ca }, ...texts),
    denial: () => gateway.nextDenial(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

const UPGRADE = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Version: 13",
  "X-PM-Wire: 2",
];
