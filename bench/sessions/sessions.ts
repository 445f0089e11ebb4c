import { isMet, lineOf } from "./figure.ts";
import { knownSession } from "./known-session.ts";
import { manyRevocations } from "./revocations.ts";
import { expirySweeps, revocationSweeps } from "./sweeps.ts";

/** `npm run bench -- sessions`. Ends with 1 where a target was missed. */
const parts = [knownSession, async () => manyRevocations(), expirySweeps, revocationSweeps];
for (const part of parts) {
  for (const figure of await part()) {
    process.stdout.write(`${lineOf(figure)}\n`);
    if (!isMet(figure)) process.exitCode = 1;
  }
}
