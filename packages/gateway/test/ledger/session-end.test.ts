import { expect, test } from "vitest";
import { SessionRegistry } from "../../src/admission/sessions.ts";
import { registryOptions } from "../../src/compose-registry.ts";
import type { SessionRecord } from "../../src/ledger/ledger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";

test("how long a session lasted is recorded to the millisecond, without the noise of floating point", async () => {
  const records: SessionRecord[] = [];
  const clock = { now: 1_795_257_625.041 };
  const ledger = {
    decision: () => {},
    sessionStarted: async () => {},
    sessionEnded: (record: SessionRecord) => void records.push(record),
    close: async () => {},
  };
  const sessions = new SessionRegistry(registryOptions(10, { ledger, metrics: noMetrics, now: () => clock.now }));
  const session = sessions.open({
    id: "one",
    principal: { kind: "session-token", id: "customer", tenant: undefined },
    token: { claims: { ip: "10.0.0.7", exp: clock.now + 1 }, hash: "token" },
    clientAddress: undefined,
    startedAt: clock.now,
  });
  session.isIn = true;
  clock.now = 1_795_257_626.239;
  await sessions.sweep();
  expect(records.map(({ lasted }) => lasted)).toEqual([1.198]);
  sessions.close();
});
