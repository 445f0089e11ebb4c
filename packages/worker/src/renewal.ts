import { allow, deny, narrows, type Result } from "@sallyport/shared";
import { isNavigation, json } from "./answer.ts";
import { endAtGateway, renewAtGateway, type SessionParts } from "./control.ts";
import { endedPage } from "./entry-pages.ts";
import { renderPage } from "./page-layout.ts";
import { clearController, clearSession, fitsCookie, setSession } from "./session-cookies.ts";

/** `POST /gpsession` from the session's own page: what is open goes on until the fresh token's expiry. */
export async function renewSession(parts: SessionParts, request: Request, token: string): Promise<Result<Response>> {
  const { settings, gate, now } = parts;
  const admitted = await gate.check(request, now());
  if (!admitted.ok) return admitted;
  const current = admitted.value;
  if (!fitsCookie(settings.cookie, token)) return deny("token-malformed", "too long for a cookie");
  const fresh = await gate.checkToken(token, current.view, now());
  if (!fresh.ok) return fresh;
  const { claims } = fresh.value;
  if (!narrows(current.claims, claims)) return deny("renewal-refused");
  const told = await renewAtGateway(parts, current, token);
  if (!told.ok) return told;
  const renewed = told.value ?? (settings.legacyWire ? token : undefined);
  if (renewed === undefined) return deny("renewal-refused", "gateway");
  const answer = json(200, { expires: claims.exp });
  const { sessionId } = current;
  setSession(answer.headers, { name: settings.cookie, token: renewed, sessionId, remaining: claims.exp - now() });
  return allow(answer);
}

/** `POST /gpsession/end` from the session's own page: its connections end, its cookies go. */
export async function endSession(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const admitted = await parts.gate.check(request, parts.now());
  if (!admitted.ok) return admitted;
  if (request.headers.get("origin") !== admitted.value.view.origin) return deny("origin-missing");
  const told = await endAtGateway(parts, admitted.value, "ended");
  if (!told.ok) return told;
  const answer = isNavigation(request) ? renderPage(endedPage(), { status: 200 }) : json(200, { ended: true });
  clearController(answer.headers, request, parts.settings.cookie);
  clearSession(answer.headers, parts.settings.cookie);
  return allow(answer);
}
