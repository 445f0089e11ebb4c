import { expect, test } from "vitest";
import { makeAuthority } from "../../../../test/support/certificates.ts";
import { TlsContexts } from "../../src/pools/tls-contexts.ts";
import type { UpstreamTrust } from "../../src/pools/upstream.ts";

const trusting = (some: Partial<UpstreamTrust>): UpstreamTrust => ({ pins: [], ca: undefined, legacy: false, ...some });

test("connections share what their handshakes are made with, and never beyond their own profile and CA", async () => {
  const [{ cert: one }, { cert: other }] = await Promise.all([makeAuthority(), makeAuthority()]);
  const contexts = new TlsContexts();
  const kinds = [
    trusting({}),
    trusting({ legacy: true }),
    trusting({ ca: one }),
    trusting({ ca: other }),
    trusting({ ca: one, legacy: true }),
  ];
  const made = kinds.map((trust) => contexts.for(trust));
  expect(new Set(made).size).toBe(kinds.length);
  expect(kinds.map((trust) => contexts.for({ ...trust }))).toEqual(made);
  kinds.forEach((trust, at) => void expect(contexts.for({ ...trust })).toBe(made[at]));
});

test("a pin stands in for the CA, which is not looked at then", async () => {
  const { cert } = await makeAuthority();
  const contexts = new TlsContexts();
  expect(contexts.for(trusting({ ca: cert, pins: ["a"] }))).toBe(contexts.for(trusting({})));
});
