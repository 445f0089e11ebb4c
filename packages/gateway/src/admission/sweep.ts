import type { EndReason } from "@sallyport/shared";
import { inSteps } from "../pacing/steps.ts";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./sessions.ts";

/**
 * Ends the sessions for which `verdict` gives a reason, in steps, so that whoever is not concerned notices nothing.
 * Whoever decides must hold by the new rules already: sessions that open meanwhile are not looked at.
 * @returns how many it ended
 */
export async function endWhere(
  registry: SessionRegistry,
  verdict: (session: Session) => EndReason | undefined,
): Promise<number> {
  let ended = 0;
  await inSteps(registry, (session) => {
    const reason = verdict(session);
    if (reason === undefined) return;
    registry.end(session, reason);
    ended++;
  });
  return ended;
}
