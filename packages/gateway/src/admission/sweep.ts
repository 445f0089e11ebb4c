import type { EndReason } from "@sallyport/shared";
import type { Session } from "./session.ts";
import type { SessionRegistry } from "./sessions.ts";

/** How long one step of a sweep over the sessions may take, in milliseconds; nothing else goes on meanwhile. */
const STEP = 2;

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
  let begun = performance.now();
  for (const session of registry) {
    const reason = verdict(session);
    if (reason !== undefined) {
      registry.end(session, reason);
      ended++;
    }
    if (performance.now() - begun < STEP) continue;
    await new Promise(setImmediate);
    begun = performance.now();
  }
  return ended;
}
