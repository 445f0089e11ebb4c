import { type AssertedRequest, signAssertion } from "@sallyport/shared";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { type Called, call } from "../support/http-client.ts";

const EDGE_KEY = "an-edge-key-for-tests-of-at-least-32-bytes";

/** What time it is for a gateway, in seconds since the epoch. */
export interface Clock {
  now: number;
}

/** A gateway before which the edge proves itself by a key. */
export function startProven(clock: Clock, { web, ...options }: TestGatewayOptions = {}): Promise<TestGateway> {
  return startTestGateway({
    ...options,
    web: { edge: { keys: [EDGE_KEY], ca: undefined }, ...web },
    now: () => clock.now,
  });
}

export interface EdgeRequest {
  readonly token: string;
  /** The client's address. */
  readonly client: string;
  readonly now: number;
  readonly method?: string;
  readonly path?: string;
}

/** A request as the edge makes it for a client, with its statement about it. */
export async function fromEdge(
  gateway: TestGateway,
  { token, client, now, method = "GET", path = "/" }: EdgeRequest,
): Promise<Called> {
  const publicOrigin = "https://k7.example.test";
  const statement: AssertedRequest = {
    ...{ method, target: path, token, publicOrigin },
    ...{ address: "127.0.0.1", port: 443, clientAddress: client, sessionId: "" },
  };
  const headers = {
    host: "gw1.example.test",
    cookie: `pm-session=${token}`,
    "x-pm-host": "127.0.0.1",
    "x-pm-port": "443",
    "x-pm-assertion": await signAssertion(statement, EDGE_KEY, now),
  };
  return call(`https://127.0.0.1:${gateway.port}`, path, { ca: gateway.ca, method, headers });
}
