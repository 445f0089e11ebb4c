import { END_PATH, ENTRY_PATH, Header, type Result } from "@sallyport/shared";
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
 * Joins a fresh token to a session. Whether the gateway did: in the original's wire there is nobody to ask, and the
 * sessions there do not end by themselves either.
 */
export async function renewAtGateway(parts: ForwardParts, entrance: Entrance, token: string): Promise<Result<boolean>> {
  return tell(parts, entrance, { path: ENTRY_PATH, headers: { [Header.renewal]: token } });
}

/** Ends a session and what it has open. Whether the gateway did. */
export async function endAtGateway(
  parts: ForwardParts,
  entrance: Entrance,
  reason: "ended" | "replaced",
): Promise<Result<boolean>> {
  return tell(parts, entrance, { path: reason === "ended" ? END_PATH : `${END_PATH}?reason=${reason}` });
}

async function tell(parts: ForwardParts, entrance: Entrance, { path, headers }: Message): Promise<Result<boolean>> {
  // The original gateway would hand this to the controller, the token in it too.
  if (parts.settings.legacyWire) return { ok: true, value: false };
  const { origin } = entrance.view;
  const request = new Request(origin + path, { method: "POST", headers: { origin } });
  const told = await forward(parts, request, { ...entrance, controllerCookies: "" }, headers);
  if (!told.ok) return told;
  await told.value.body?.cancel();
  return { ok: true, value: told.value.status === 204 };
}
