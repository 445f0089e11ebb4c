import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, createMetrics, loadConfiguration, startGateway } from "@sallyport/gateway";
import { SignJWT } from "jose";
import { type OpenBmc, startOpenBmc } from "../test/emulators/openbmc/openbmc.ts";
import { makeAuthority } from "../test/support/certificates.ts";
import { startEdge } from "../test/support/edge.ts";
import { type Screen, startScreen } from "./screen.ts";

export interface DemoOptions {
  readonly minutes: number;
  readonly progress: (text: string) => void;
}

/** Everything that runs, and the link that opens it. */
export interface Demo extends AsyncDisposable {
  readonly link: string;
  /** Signs links of one's own: the demo's own key, made anew at each start. */
  readonly key: string;
  readonly customer: string;
  readonly expires: Date;
  readonly account: OpenBmc["account"];
  readonly screen: Screen["kind"];
  readonly addresses: { readonly edge: string; readonly gateway: string; readonly controller: string };
}

const CUSTOMER = "customer-42";
const EDGE_PORT = 8787;

/** Starts the controller, the gateway and the edge, each on a loopback port, and signs a link. */
export async function startDemo({ minutes, progress }: DemoOptions): Promise<Demo> {
  await using undo = new AsyncDisposableStack();
  const screen = undo.use(await startScreen(progress));
  const bmc = undo.use(await startOpenBmc({ vnc: screen, requireHost: true, requireOrigin: true }));
  const keys = { jwt: randomBytes(48).toString("base64"), edge: randomBytes(48).toString("base64") };
  const dataDir = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  undo.defer(() => rm(dataDir, { recursive: true, force: true }));
  const gateway = await startDemoGateway(bmc, keys, dataDir);
  undo.defer(() => gateway.close());
  const edge = undo.use(
    await startEdge({
      port: EDGE_PORT,
      ca: gateway.ca,
      vars: { JWT_SECRET: keys.jwt, EDGE_KEY: keys.edge, PROXY_PORT: String(gateway.port) },
    }),
  );
  const expires = new Date(Date.now() + minutes * 60_000);
  const token = await signLink(bmc, { key: keys.jwt, expires });
  const parts = undo.move();
  return {
    link: `${edge.url}/gpsession?token=${token}`,
    key: keys.jwt,
    customer: CUSTOMER,
    expires,
    account: bmc.account,
    screen: screen.kind,
    addresses: { edge: edge.url, gateway: `https://127.0.0.1:${gateway.port}`, controller: bmc.url },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function startDemoGateway(bmc: OpenBmc, keys: { jwt: string; edge: string }, dataDir: string) {
  const environment = {
    JWT_KEY: keys.jwt,
    EDGE_KEY: keys.edge,
    LISTEN: "127.0.0.1:0",
    ADMIN_LISTEN: "127.0.0.1:0",
    ALLOWED_TARGETS: bmc.address,
    DATA_DIR: dataDir,
    LOG_LEVEL: "warn",
    LOG_FORMAT: "pretty",
  };
  const loaded = await loadConfiguration({ environment });
  if (!("configuration" in loaded)) throw new Error(loaded.faults.map((fault) => fault.message).join("\n"));
  const { configuration } = loaded;
  const certificate = await (await makeAuthority()).issue();
  const log = createLog(configuration.log);
  const gateway = await startGateway(configuration, { log, metrics: createMetrics(), certificate });
  return { port: gateway.port, ca: certificate.ca, close: () => gateway.close() };
}

function signLink(bmc: OpenBmc, { key, expires }: { key: string; expires: Date }): Promise<string> {
  return new SignJWT({ ip: bmc.address, port: bmc.port, upstream: "localhost", sub: CUSTOMER, spki: bmc.pin })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime(Math.floor(expires.getTime() / 1000))
    .sign(new TextEncoder().encode(key));
}
