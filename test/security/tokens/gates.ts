import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hmac, makePair, type Pair, type Signer } from "../../../packages/shared/test/cases/mint.ts";
import { type Edge, startEdge } from "../../support/edge.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { call } from "../../support/http-client.ts";
import { type Origin, startOrigin } from "../../support/origin.ts";
import { type RawServer, sendRaw, startRawServer, statusesOf } from "../../support/raw-http.ts";
import { TEST_SECRET } from "../../support/tokens.ts";

/** The keys that both gates know: a shared secret, and public keys of each kind. */
export interface Keys {
  readonly secret: Signer;
  readonly rsa: Pair;
  readonly ec: Pair;
  readonly ed: Pair;
}

/** Edge and gateway, each by itself, under the same keys and with every algorithm allowed. */
export interface Gates extends AsyncDisposable {
  readonly keys: Keys;
  /** The controller's port, which tokens name. */
  readonly port: number;
  /** Whether the gateway let the token through to the controller, and what it answered. */
  gateway(token: string): Promise<Outcome>;
  /** Whether the edge let it through to its gateway, as a cookie and as a link. */
  edge(token: string): Promise<Outcome>;
}

export interface Outcome {
  readonly status: number;
  readonly passed: boolean;
}

const ALGORITHMS = ["HS256", "HS384", "HS512", "EdDSA", "ES256", "RS256"] as const;

export async function startGates(): Promise<Gates> {
  await using undo = new AsyncDisposableStack();
  const [rsa, ec, ed] = await Promise.all([makePair("RS256", "rsa"), makePair("ES256", "ec"), makePair("EdDSA", "ed")]);
  const jwks = JSON.stringify({ keys: [rsa.jwk, ec.jwk, ed.jwk] });
  const folder = await mkdtemp(join(tmpdir(), "sallyport-keys-"));
  undo.defer(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "jwks.json"), jwks);
  const controller = undo.use(await startRawServer());
  const origin = undo.use(await startOrigin());
  const secrets = [TEST_SECRET.repeat(2)];
  const token = { secrets, jwks: join(folder, "jwks.json"), algorithms: ALGORITHMS, cookie: "pm-session" };
  const gateway = undo.use(await startTestGateway({ web: { token: { ...token, audience: "gateway" } } }));
  const vars = {
    JWT_SECRET: secrets.join(),
    JWT_JWKS: jwks,
    JWT_ALGORITHMS: ALGORITHMS.join(","),
    JWT_AUDIENCE: "gateway",
  };
  const edge = undo.use(await startEdge({ ca: origin.ca, vars: { ...vars, PROXY_PORT: String(origin.port) } }));
  const parts = undo.move();
  return {
    keys: { secret: hmac(secrets.join()), rsa, ec, ed },
    port: controller.port,
    gateway: (one) => askGateway(one, gateway, controller),
    edge: (one) => askEdge(one, edge, origin),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function askGateway(token: string, { port, ca }: TestGateway, controller: RawServer): Promise<Outcome> {
  const before = controller.received.join("").length;
  const lines = [
    "GET / HTTP/1.1",
    "Host: k7.example.test",
    `Cookie: pm-session=${token}`,
    `X-PM-Host: ${addressIn(token)}`,
  ];
  const [status = 0] = statusesOf(await sendRaw({ port, ca }, [...lines, "Connection: close", "\r\n"].join("\r\n")));
  return { status, passed: controller.received.join("").length > before };
}

/** What an edge that believed the token would ask for; where no header can say it, the controller's address. */
function addressIn(token: string): string {
  const text = Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
  const ip = /"ip":"([!-~]+?)"/.exec(text)?.[1];
  return ip ?? "127.0.0.1";
}

async function askEdge(token: string, { url }: Edge, { received }: Origin): Promise<Outcome> {
  const before = received.length;
  const { status } = await call(url, "/", { headers: { cookie: `__Host-pm-session=${token}` } });
  const link = await call(url, `/gpsession?token=${encodeURIComponent(token)}`);
  const entered = (link.headers["set-cookie"] ?? []).some((cookie) => cookie.includes(token));
  return { status, passed: received.length > before || entered };
}
