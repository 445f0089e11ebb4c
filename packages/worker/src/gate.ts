import {
  allow,
  type Claims,
  type Cookie,
  checkHost,
  checkOrigin,
  cookieValues,
  createTokenVerifier,
  deny,
  isOwnCookie,
  networkContains,
  parseAddress,
  parseNetwork,
  provenanceKind,
  type Result,
  readCookies,
  type TokenVerifier,
  type VerifiedToken,
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
  readonly verifier: TokenVerifier;
  /** Everything that must hold before a request goes on. `now` in seconds. */
  check(request: Request, now: number): Promise<Result<Entrance>>;
  /** Whether a link's token may enter here: signature, time, host, client, gateway. */
  checkToken(token: string, view: PublicView, now: number): Promise<Result<VerifiedToken>>;
}

export function createGate(settings: Settings): Gate {
  const { keys, algorithms, audience } = settings;
  const verifier = createTokenVerifier({ keys, algorithms, audience });

  async function checkToken(token: string, view: PublicView, now: number): Promise<Result<VerifiedToken>> {
    const verified = await verifier.verify(token, now);
    if (!verified.ok) return verified;
    const fitting = checkCaller(verified.value.claims, view, settings);
    return fitting.ok ? verified : fitting;
  }

  return {
    verifier,
    checkToken,
    async check(request, now) {
      const view = publicView(request);
      const cookies = readCookies(request.headers.get("cookie") ?? undefined);
      const [token, ...more] = cookieValues(cookies, settings.cookie);
      if (token === undefined) return deny("token-missing");
      if (more.length > 0) return deny("token-duplicate");
      const verified = await checkToken(token, view, now);
      if (!verified.ok) return verified;
      const controllers = cookies.filter(({ name }) => !isOwnCookie(name, settings.cookie));
      const origin = checkOrigin(provenanceOf(request, view, controllers), settings.allowNoOrigin);
      if (!origin.ok) return origin;
      const { claims, hash } = verified.value;
      return allow({
        token,
        claims,
        sessionId: sessionIdOf(cookies) ?? hash,
        controllerCookies: writeCookies(controllers),
        view,
        port: claims.port ?? settings.pmPort ?? view.port,
      });
    },
  };
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

function provenanceOf(request: Request, view: PublicView, controllers: readonly Cookie[]) {
  const upgrade = isUpgrade(request);
  return {
    kind: upgrade ? ("upgrade" as const) : provenanceKind(request.method),
    publicOrigin: view.origin,
    origin: request.headers.get("origin") ?? undefined,
    fetchSite: request.headers.get("sec-fetch-site") ?? undefined,
    fetchMode: request.headers.get("sec-fetch-mode") ?? undefined,
    controllerCookies: controllers.length > 0,
  };
}
