import { expect, test } from "vitest";
import { ConnectionSession } from "../../src/admission/connection-session.ts";
import { Revocations } from "../../src/admission/revocations.ts";
import { revocationKey } from "../../src/store/revocations.ts";

const NOW = 1_800_000_000;

const connection = (issuedAt: number, startedAt: number) =>
  new ConnectionSession({
    id: "connection",
    principal: { kind: "client-certificate", id: "alice@engineering", tenant: undefined },
    clientAddress: undefined,
    startedAt,
    expiresAt: NOW + 86_400,
    destination: "database",
    chain: [],
    issuedAt,
  });

test.for([
  ["principal", "alice@engineering"],
  ["target", "database"],
  ["all", ""],
] as const)(
  "a revocation (%s) up to now holds for a certificate issued before, however late it comes",
  ([kind, value]) => {
    const revocations = new Revocations();
    revocations.apply([{ key: revocationKey(kind, value), kind, before: NOW, at: NOW }]);
    const verdict = (issuedAt: number, startedAt: number) => revocations.verdict(connection(issuedAt, startedAt).marks);
    expect(verdict(NOW - 3_600, NOW - 60)).toBe("revoked");
    expect(verdict(NOW - 3_600, NOW + 60)).toBe("revoked");
    expect(verdict(NOW + 30, NOW + 60)).toBeUndefined();
  },
);
