import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { describe, expect, test } from "vitest";
import { type Certificate, makeAuthority, makeCertificate } from "../../support/certificates.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { openRawClient, switching } from "../../support/raw-websocket.ts";
import { mintToken } from "../../support/tokens.ts";

/** RFC 6455, 1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface TlsController extends AsyncDisposable {
  readonly port: number;
  /** For each request, whether its connection's TLS session was resumed. */
  readonly resumed: boolean[];
  /** How many connections it has taken. */
  connections(): number;
}

async function startTlsController(
  { cert, key }: Certificate,
  options: object = {},
  connection: "close" | "keep-alive" = "close",
): Promise<TlsController> {
  const resumed: boolean[] = [];
  let connections = 0;
  const server = createServer({ cert, key, ...options }, (message, response) => {
    resumed.push((message.socket as TLSSocket).isSessionReused());
    // By default each request on a connection of its own, so that TLS is what is reused.
    response.writeHead(200, { Connection: connection }).end("controller");
  });
  server.on("secureConnection", () => {
    connections += 1;
  });
  server.on("upgrade", ({ headers }: IncomingMessage, socket: Duplex) => {
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${GUID}`).digest("base64");
    socket.on("error", () => socket.destroy());
    socket.write(switching(accept));
    socket.resume();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    resumed,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function ask(gateway: TestGateway, port: number, spki?: string): Promise<number> {
  const token = await mintToken({ port, ...(spki === undefined ? {} : { spki }) });
  const headers = { "X-PM-Host": "127.0.0.1", Cookie: `pm-session=${token}` };
  return (await call(`https://127.0.0.1:${gateway.port}`, "/", { ca: gateway.ca, headers })).status;
}

/** The status of an upgrade; what was opened is closed again. */
async function upgrade(gateway: TestGateway, port: number, spki?: string): Promise<number> {
  const token = await mintToken({ port, ...(spki === undefined ? {} : { spki }) });
  const { status, bytes } = await openRawClient({ gateway, token, port });
  bytes.socket.destroy();
  return status;
}

const lastFault = async (gateway: TestGateway, reason: string) =>
  gateway.waitForLine((line) => line.message === "controller failed" && line.reason === reason);

describe("a pin", () => {
  test("the right one passes, a wrong one does not, and neither rides on what was opened without it", async () => {
    const certificate = await makeCertificate();
    const other = await makeCertificate();
    await using controller = await startTlsController(certificate);
    await using gateway = await startTestGateway();
    // Warm: several without a pin, so that there is a TLS session to resume.
    for (let turn = 0; turn < 3; turn++) expect(await ask(gateway, controller.port)).toBe(200);
    expect(controller.resumed).toContain(true);
    expect(await ask(gateway, controller.port, other.pin)).toBe(502);
    await lastFault(gateway, "controller-pin");
    expect(await ask(gateway, controller.port, certificate.pin)).toBe(200);
    expect(controller.resumed.at(-1)).toBe(false);
    expect(await ask(gateway, controller.port, certificate.pin)).toBe(200);
    expect(controller.resumed.at(-1)).toBe(true);
    expect(await ask(gateway, controller.port, other.pin)).toBe(502);
  });
});

describe("a wrong pin is refused", () => {
  test("although a connection that was opened without one is kept", async () => {
    await using controller = await startTlsController(await makeCertificate(), {}, "keep-alive");
    await using gateway = await startTestGateway();
    for (let turn = 0; turn < 3; turn++) expect(await ask(gateway, controller.port)).toBe(200);
    expect(controller.connections()).toBe(1);
    expect(await ask(gateway, controller.port, (await makeCertificate()).pin)).toBe(502);
    expect(controller.resumed).toHaveLength(3);
  });

  test("for a WebSocket as well, after one without a pin and after one with the right pin", async () => {
    const certificate = await makeCertificate();
    const wrong = (await makeCertificate()).pin;
    await using controller = await startTlsController(certificate);
    await using gateway = await startTestGateway();
    for (const spki of [undefined, certificate.pin]) {
      expect(await upgrade(gateway, controller.port, spki)).toBe(101);
      expect(await upgrade(gateway, controller.port, wrong)).toBe(502);
    }
    await lastFault(gateway, "controller-pin");
  });
});

describe("an operator's CA", () => {
  test("its certificates pass for their address only; others do not", async () => {
    const authority = await makeAuthority();
    await using right = await startTlsController(await authority.issue({ names: ["127.0.0.1"] }));
    await using elsewhere = await startTlsController(await authority.issue({ names: ["127.0.0.9"] }));
    await using foreign = await startTlsController(await makeCertificate({ names: ["127.0.0.1"] }));
    await using gateway = await startTestGateway({
      web: { controllers: { ca: authority.cert, legacyTls: [], platforms: [], detect: false } },
    });
    expect(await ask(gateway, right.port)).toBe(200);
    expect(await ask(gateway, elsewhere.port)).toBe(502);
    expect(await ask(gateway, foreign.port)).toBe(502);
    await lastFault(gateway, "controller-tls");
  });

  test("a pin in the token takes its place", async () => {
    const authority = await makeAuthority();
    const own = await makeCertificate({ names: ["127.0.0.1"] });
    await using controller = await startTlsController(own);
    await using gateway = await startTestGateway({
      web: { controllers: { ca: authority.cert, legacyTls: [], platforms: [], detect: false } },
    });
    expect(await ask(gateway, controller.port, own.pin)).toBe(200);
  });
});

describe("a controller of old", () => {
  test("with TLS 1.0 and a weak key is reached only where its network is listed", async () => {
    const weak = await makeCertificate({ key: "rsa-1024" });
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "DEFAULT:@SECLEVEL=0" };
    await using controller = await startTlsController(weak, old);
    await using strict = await startTestGateway();
    expect(await ask(strict, controller.port)).toBe(502);
    await lastFault(strict, "controller-tls");
    const { parseNetwork } = await import("@sallyport/shared");
    const network = parseNetwork("127.0.0.0/8");
    await using lenient = await startTestGateway({
      web: { controllers: { ca: undefined, legacyTls: network ? [network] : [], platforms: [], detect: false } },
    });
    expect(await ask(lenient, controller.port)).toBe(200);
  });
});
