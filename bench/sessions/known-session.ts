import { createTokenVerifier, parseNetwork, secretKeySet } from "@sallyport/shared";
import { createAdmitter } from "../../packages/gateway/src/admission/admit.ts";
import { createBlame } from "../../packages/gateway/src/admission/blame.ts";
import { Revocations } from "../../packages/gateway/src/admission/revocations.ts";
import { createLedger } from "../../packages/gateway/src/ledger/ledger.ts";
import { EntryLimit } from "../../packages/gateway/src/limits/entries.ts";
import { TargetPolicy } from "../../packages/gateway/src/policy/targets.ts";
import { noLog } from "../../packages/gateway/src/telemetry/log.ts";
import { noMetrics } from "../../packages/gateway/src/telemetry/metrics.ts";
import { webAttempt } from "../../test/support/attempts.ts";
import { mintToken, TEST_SECRET } from "../../test/support/tokens.ts";
import type { Figure } from "./figure.ts";
import { newRegistry } from "./registry.ts";

const ROUNDS = 300_000;

/** What `admit` costs on a session that is known. Of processor time: others on the machine do not count. */
export async function knownSession(): Promise<readonly Figure[]> {
  const registry = newRegistry();
  const network = parseNetwork("127.0.0.0/8");
  const rules = {
    cookies: createTokenVerifier({ keys: secretKeySet([TEST_SECRET]), algorithms: ["HS256"] }),
    desk: undefined,
    targets: new TargetPolicy({
      networks: network ? [network] : [],
      allowedPorts: [443],
      targetPort: 443,
      secondPorts: new Set<number>(),
    }),
    web: { allowNoOrigin: false },
  };
  const admitter = createAdmitter({
    rules: { current: rules },
    revocations: new Revocations(),
    onRenewed: () => {},
    blame: createBlame({ registry, edgeProven: false }),
    entries: new EntryLimit(() => 0),
    edge: undefined,
    registry,
    ledger: createLedger(noLog, noMetrics),
    enter: async () => ({ ok: true, value: true }),
    now: () => Date.now() / 1000,
    draining: () => false,
  });
  const read = { ok: true, value: webAttempt(await mintToken({})) } as const;
  const first = await admitter.admit(read, "r");
  if (!first.ok) throw new Error(first.reason);
  for (let n = 0; n < ROUNDS; n++) await admitter.admit(read, "r");
  const begun = process.threadCpuUsage();
  for (let n = 0; n < ROUNDS; n++) await admitter.admit(read, "r");
  const { user, system } = process.threadCpuUsage(begun);
  registry.close();
  return [{ name: "admit of a known session", value: (user + system) / ROUNDS, unit: "µs", most: 2 }];
}
