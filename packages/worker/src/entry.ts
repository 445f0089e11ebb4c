import { allow, type Claims, deny, type Result, randomId, type VerifiedToken } from "@sallyport/shared";
import { isNavigation } from "./answer.ts";
import { endAtGateway, type SessionParts, useAtGateway } from "./control.ts";
import { HANDED_OVER, handOverPage, onwardPage, replacedPage } from "./entry-pages.ts";
import { type Form, readForm } from "./form.ts";
import type { Entrance } from "./gate.ts";
import { renderPage } from "./page-layout.ts";
import { renewSession } from "./renewal.ts";
import { clearController, fitsCookie, setSession } from "./session-cookies.ts";
import { publicView } from "./view.ts";

/** `GET /gpsession?token=…`: a link is opened. A HEAD, by which scanners look at links, is told that much and no more. */
export async function enterByLink(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const token = new URL(request.url).searchParams.get("token") ?? "";
  // What looks at links (mail scanners, previews) sends GET: only the page's own form uses a link up that works once.
  if (request.method !== "HEAD") return (parts.settings.sessionKeys ? handOver : enter)(parts, request, token);
  const verified = await verify(parts, request, token);
  return verified.ok ? allow(new Response(null, { headers: { "cache-control": "no-store" } })) : verified;
}

/**
 * `POST /gpsession`: a portal's form hands a customer over (by way of a page of ours, so that this host's cookies come
 * along), or a page of the session renews it.
 */
export async function enterByPost(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const origin = request.headers.get("origin");
  if (origin === null) return deny("origin-missing");
  const portal = parts.settings.portalOrigins.includes(origin);
  if (!portal && origin !== publicView(request).origin) return deny("origin-foreign");
  const form = await readForm(request);
  if (form === undefined) return deny("request-body", "form");
  const token = form.get("token") ?? "";
  if (portal) return isNavigation(request) ? handOver(parts, request, token) : enter(parts, request, token);
  return isHandedOver(request, form) ? enter(parts, request, token) : renewSession(parts, request, token);
}

/** A script of a controller's page could say so too, and gain no more than by opening a link. */
function isHandedOver(request: Request, form: Form): boolean {
  return form.has(HANDED_OVER) && isNavigation(request);
}

async function handOver(parts: SessionParts, request: Request, token: string): Promise<Result<Response>> {
  const verified = await verify(parts, request, token);
  // Under `no-referrer` the form's Origin would be `null`.
  return verified.ok
    ? allow(renderPage(handOverPage(token), { status: 200, referrerPolicy: "same-origin" }))
    : verified;
}

async function verify(parts: SessionParts, request: Request, token: string): Promise<Result<VerifiedToken>> {
  if (token === "") return deny("token-missing");
  if (!fitsCookie(parts.settings.cookie, token)) return deny("token-malformed", "too long for a cookie");
  return parts.gate.checkToken(token, publicView(request), parts.now());
}

/**
 * Lets a browser in with a token, which is verified before anything is set (row P-07):
 *
 * 1. the token is good here and now
 * 2. a link that works once is used up, and the gateway makes the session's own token of it
 * 3. an earlier session of this browser, for another controller or customer, ends
 * 4. what another controller left in this browser goes
 * 5. the session's cookies are set, and the browser moves on without the token in its address
 */
async function enter(parts: SessionParts, request: Request, token: string): Promise<Result<Response>> {
  const verified = await verify(parts, request, token);
  if (!verified.ok) return verified;
  const { claims } = verified.value;
  const sessionId = randomId();
  const own = await sessionToken(parts, request, { token, claims, sessionId });
  if (!own.ok) return own;
  const current = await parts.gate.session(request, parts.now());
  const earlier = current.ok ? current.value : undefined;
  const known = earlier !== undefined && isSameTarget(earlier.claims, claims);
  const replaced = earlier !== undefined && !known;
  const told = replaced && (await endReplaced(parts, earlier));
  const answer = moveOn(request, replaced ? { told } : undefined);
  // What is not known to be of this controller goes: a session that ran out leaves its controller's storage behind.
  if (!known) clearController(answer.headers, request, parts.settings.cookie);
  const again = earlier?.token === token;
  setSession(answer.headers, {
    name: parts.settings.cookie,
    token: own.value,
    sessionId: again ? earlier.sessionId : sessionId,
    remaining: claims.exp - parts.now(),
  });
  return allow(answer);
}

/** What the session's cookie will hold: the link's token itself, unless that works once. */
async function sessionToken(
  parts: SessionParts,
  request: Request,
  link: Pick<Entrance, "token" | "claims" | "sessionId">,
): Promise<Result<string>> {
  const { sessionKeys, pmPort } = parts.settings;
  if (!sessionKeys) return allow(link.token);
  const view = publicView(request);
  return useAtGateway(parts, { ...link, view, controllerCookies: "", port: link.claims.port ?? pmPort ?? view.port });
}

/** That a gateway could not be told is no reason to keep anybody out: the session ends with its token at the latest. */
async function endReplaced(parts: SessionParts, earlier: Entrance): Promise<boolean> {
  const told = await endAtGateway(parts, earlier, "replaced");
  if (!told.ok) console.warn(JSON.stringify({ event: "session-not-ended", reason: told.reason, detail: told.detail }));
  return told.ok && told.value;
}

/** People get a page (see there), programs the original's redirect. */
function moveOn(request: Request, replaced: { readonly told: boolean } | undefined): Response {
  if (isNavigation(request)) return renderPage(replaced ? replacedPage(replaced) : onwardPage(), { status: 200 });
  const headers = { location: "/", "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 302, headers });
}

/** The same controller, opened by the same customer: a log-in there goes on. */
function isSameTarget(one: Claims, other: Claims): boolean {
  const names = ["ip", "port", "scheme", "sub", "tenant"] as const;
  return names.every((name) => one[name] === other[name]);
}
