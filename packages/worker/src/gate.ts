import {
  allow,
  asksForServiceWorker,
  BROWSER_OLD_COOKIE,
  type Claims,
  checkHost,
  checkOrigin,
  cookieValues,
  createTokenVerifier,
  deny,
  isOwnCookie,
  networkContains,
  type Provenance,
  parseAddress,
  parseNetwork,
  provenanceKind,
  type Result,
  readCookies,
  type TokenVerifier,
  type VerifiedToken,
  withoutMarked,
  writeCookies,
} from "@sallyport/shared";
import type { Settings } from "./settings.ts";
import { isUpgrade, type PublicView, publicView, sessionIdOf } from "./view.ts";

/** What the edge's own check of a request found. */
export interface Entrance {
  readonly token: string;
  readonly claims: Claims;
  /** The session's id, or the token's hash where the browser lost it. */
  readonly sessionId: string;
  /** The cookies that are the controller's business. */
  readonly controllerCookies: string;
  readonly view: PublicView;
  /** The controller's port towards the gateway. */
  readonly port: number;
}

export interface Gate {
  /** Whether a link's token may enter here: signature, time, host, client, gateway. `now` in seconds. */
  checkToken(token: string, view: PublicView, now: number): Promise<Result<VerifiedToken>>;
  /** The session whose cookie the request carries, whatever page made the request. */
  session(request: Request, now: number): Promise<Result<Entrance>>;
  /** Everything that must hold before a request goes on: a session, and no other site's page behind it. */
  check(request: Request, now: number): Promise<Result<Entrance>>;
}

export function createGate(settings: Settings): Gate {
  const { keys, algorithms, audience, sessionKeys } = settings;
  const links = createTokenVerifier({ keys, algorithms, audience });
  // Where links work once, a cookie holds what the gateway made of one.
  const cookieTokens = sessionKeys
    ? createTokenVerifier({ keys: sessionKeys, algorithms: ["HS256"], audience, kind: "session" })
    : links;
  const checkWith = async (verifier: TokenVerifier, token: string, view: PublicView, now: number) => {
    const verified = await verifier.verify(token, now);
    if (!verified.ok) return verified;
    const fitting = checkCaller(verified.value.claims, view, settings);
    return fitting.ok ? verified : fitting;
  };

  const gate: Gate = {
    checkToken: (token, view, now) => checkWith(links, token, view, now),
    async session(request, now) {
      const view = publicView(request);
      const cookies = readCookies(request.headers.get("cookie") ?? undefined);
      const [token, ...more] = cookieValues(cookies, settings.cookie);
      if (token === undefined) return deny("token-missing");
      if (more.length > 0) return deny("token-duplicate");
      const verified = await checkWith(cookieTokens, token, view, now);
      if (!verified.ok) return verified;
      const { claims, hash } = verified.value;
      const sessionId = sessionIdOf(cookies) ?? hash;
      const [old] = cookieValues(cookies, BROWSER_OLD_COOKIE);
      const foreign = cookies.filter(({ name }) => !isOwnCookie(name, settings.cookie));
      const controllerCookies = writeCookies(withoutMarked(foreign, old));
      return allow({
        token,
        claims,
        sessionId,
        controllerCookies,
        view,
        port: claims.port ?? settings.pmPort ?? view.port,
      });
    },
    async check(request, now) {
      const session = await gate.session(request, now);
      if (!session.ok) return session;
      const origin = checkOrigin(provenanceOf(request, session.value), settings.allowNoOrigin);
      return origin.ok ? session : origin;
    },
  };
  return gate;
}

/** What the claims say of the public host, the client and the gateway. */
function checkCaller(claims: Claims, view: PublicView, { upstreams }: Settings): Result<true> {
  const host = checkHost(claims, view.host);
  if (!host.ok) return host;
  if (claims.cip !== undefined && !comesFrom(claims.cip, view.clientAddress)) return deny("token-client");
  if (claims.upstream === undefined) return deny("token-claim", "upstream");
  const listed = upstreams === undefined || claims.upstream.some((name) => upstreams.includes(name));
  return listed ? allow(true) : deny("gateway-not-allowed");
}

function comesFrom(cip: string, clientAddress: string): boolean {
  const network = parseNetwork(cip);
  const address = parseAddress(clientAddress);
  return network !== undefined && address !== undefined && networkContains(network, address);
}

function provenanceOf(request: Request, { view, controllerCookies }: Entrance): Provenance {
  return {
    kind: isUpgrade(request) ? "upgrade" : provenanceKind(request.method),
    publicOrigin: view.origin,
    origin: request.headers.get("origin") ?? undefined,
    fetchSite: request.headers.get("sec-fetch-site") ?? undefined,
    fetchMode: request.headers.get("sec-fetch-mode") ?? undefined,
    serviceWorker: asksForServiceWorker(
      request.headers.get("service-worker") ?? undefined,
      request.headers.get("sec-fetch-dest") ?? undefined,
    ),
    controllerCookies: controllerCookies !== "",
  };
}
