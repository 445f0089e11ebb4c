import { allow, deny, END_PATH, ENTRY_PATH, Header, type Result, USE_PATH } from "@sallyport/shared";
import { type ForwardParts, forward } from "./forward.ts";
import type { Entrance, Gate } from "./gate.ts";

/** What entry, renewal and end of a session work with. */
export interface SessionParts extends ForwardParts {
  readonly gate: Gate;
}

/** What the edge asks a gateway about a session, in the session's name. */
interface Message {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Joins a fresh token to a session: the token that the session has from then on. Undefined where the gateway did not: in
 * the original's wire there is nobody to ask, and the sessions there do not end by themselves either.
 */
export async function renewAtGateway(
  parts: ForwardParts,
  entrance: Entrance,
  token: string,
): Promise<Result<string | undefined>> {
  const told = await tell(parts, entrance, { path: ENTRY_PATH, headers: { [Header.renewal]: token } });
  if (!told.ok) return told;
  return allow(told.value?.status === 204 ? (told.value.headers.get(Header.minted) ?? token) : undefined);
}

/** Ends a session and what it has open. Whether the gateway did. */
export async function endAtGateway(
  parts: ForwardParts,
  entrance: Entrance,
  reason: "ended" | "replaced",
): Promise<Result<boolean>> {
  const told = await tell(parts, entrance, { path: reason === "ended" ? END_PATH : `${END_PATH}?reason=${reason}` });
  return told.ok ? allow(told.value?.status === 204) : told;
}

/** Has a link that works once used up: the session's own token. */
export async function useAtGateway(parts: ForwardParts, link: Entrance): Promise<Result<string>> {
  const told = await tell(parts, link, { path: USE_PATH });
  if (!told.ok) return told;
  const minted = told.value?.status === 204 ? told.value.headers.get(Header.minted) : null;
  if (minted !== null && minted !== undefined) return allow(minted);
  const kind = told.value?.headers.get(Header.refusal);
  if (kind === "used-link") return deny("link-used");
  if (kind === "limited") return deny("entries-limited");
  return deny(kind === "busy" ? "store-unavailable" : "session-ended", kind ?? "gateway");
}

async function tell(
  parts: ForwardParts,
  entrance: Entrance,
  { path, headers }: Message,
): Promise<Result<Response | undefined>> {
  // The original gateway would hand this to the controller, the token in it too.
  if (parts.settings.legacyWire) return allow(undefined);
  const { origin } = entrance.view;
  const request = new Request(origin + path, { method: "POST", headers: { origin } });
  const told = await forward(parts, request, { ...entrance, controllerCookies: "" }, headers);
  if (told.ok) await told.value.body?.cancel();
  return told;
}
