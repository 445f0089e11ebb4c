import { type Edge, type EdgeOptions, startEdge } from "../../support/edge.ts";
import { type Called, type CallOptions, call } from "../../support/http-client.ts";
import { type Origin, type OriginOptions, startOrigin } from "../../support/origin.ts";
import { mintToken, TEST_SECRET } from "../../support/tokens.ts";

export const IP = "10.20.3.7";

export interface EdgeBench extends AsyncDisposable {
  readonly edge: Edge;
  readonly origin: Origin;
  /** A request with the session cookie of `token`. */
  get(token: string, path: string, options?: CallOptions): Promise<Called>;
}

/** The Worker in workerd with a recording server in the gateway's place. */
export async function startEdgeBench(
  vars: EdgeOptions["vars"] = {},
  originOptions: OriginOptions = {},
): Promise<EdgeBench> {
  await using undo = new AsyncDisposableStack();
  const origin = undo.use(await startOrigin(originOptions));
  const edge = undo.use(
    await startEdge({ ca: origin.ca, vars: { JWT_SECRET: TEST_SECRET, PROXY_PORT: String(origin.port), ...vars } }),
  );
  const parts = undo.move();
  return {
    edge,
    origin,
    get: (token, path, options = {}) =>
      call(edge.url, path, { ...options, headers: { cookie: `__Host-pm-session=${token}`, ...options.headers } }),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** A token for the controller at `IP` behind the recording server. */
export function edgeToken(claims: Parameters<typeof mintToken>[0] = {}, expiresIn = 600): Promise<string> {
  return mintToken({ ip: IP, ...claims }, { expiresIn });
}

/** The recording server as a gateway that does what the edge asks of it about sessions. */
export const obedient: NonNullable<OriginOptions["answer"]> = ({ method, url }, response) => {
  const control = method === "POST" && /^\/gpsession(?:\/end)?(?:\?|$)/.test(url);
  response.writeHead(control ? 204 : 200).end(control ? undefined : "ok");
};

/** What a browser sends where a person follows a link or a form is posted. */
export const NAVIGATION = { accept: "text/html", "sec-fetch-mode": "navigate" };

/** The value of the cookie of this name in a Cookie header. */
export function cookieIn(cookies: string, name: string): string | undefined {
  return cookies
    .split("; ")
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** The headers that have a value. */
export function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
