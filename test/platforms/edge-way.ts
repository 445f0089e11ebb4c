import { type Via, viaOrigin } from "../emulators/scenarios/via.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { call, cookiesOf } from "../support/http-client.ts";
import { TEST_SECRET } from "../support/tokens.ts";
import { withPageSockets } from "./page-sockets.ts";

/** Edge and gateway before any controller, as a customer's browser finds them. */
export interface BothGates extends AsyncDisposable {
  readonly edge: Edge;
  readonly gateway: TestGateway;
  /** The way of one who has followed a link with this token. */
  enter(token: string): Promise<Via>;
}

const EDGE_KEY = "an-edge-key-for-tests-of-at-least-32-bytes";

/** `legacy`: they speak as an original edge does, which signs nothing. */
export async function startBothGates(wire: "own" | "legacy" = "own"): Promise<BothGates> {
  await using undo = new AsyncDisposableStack();
  const keys = wire === "own" ? [EDGE_KEY] : [];
  const gateway = undo.use(await startTestGateway({ web: { edge: { keys, ca: undefined } } }));
  const certificate = await (await makeAuthority()).issue();
  const own = { JWT_SECRET: TEST_SECRET, PROXY_PORT: String(gateway.port) };
  const vars = { ...own, ...(wire === "own" ? { EDGE_KEY } : { WIRE: "legacy" }) };
  const edge = undo.use(await startEdge({ ca: gateway.ca, tls: certificate, vars }));
  const parts = undo.move();
  return {
    edge,
    gateway,
    enter: (token) => enter(edge, certificate.ca, token),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

async function enter({ url: origin }: Edge, ca: string, token: string): Promise<Via> {
  const answer = await call(origin, `/gpsession?token=${token}`, { ca });
  const cookies = cookiesOf(answer);
  if (!cookies.includes(token)) throw new Error(`the link was answered with ${answer.status}: ${answer.body}`);
  return withPageSockets(viaOrigin({ origin, ca, cookies }));
}
