import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hmac, mint } from "../../../packages/shared/test/cases/mint.ts";
import { TEST_SECRET } from "../../support/tokens.ts";
import { attacks, goodClaims, sign } from "./attacks.ts";
import { type Gates, startGates } from "./gates.ts";

let gates: Gates;
beforeAll(async () => {
  gates = await startGates();
});
afterAll(() => gates[Symbol.asyncDispose]());

describe("taken at both gates", () => {
  test.each(["rsa", "ec", "ed"] as const)("a token of the %s key", async (name) => {
    const token = await mint(goodClaims(gates), { signer: gates.keys[name], header: { kid: name } });
    expect(await gates.gateway(token)).toEqual({ status: 200, passed: true });
    expect(await gates.edge(token)).toEqual({ status: 200, passed: true });
  });

  test.each(["HS256", "HS384", "HS512"])("a token of the secret with %s", async (alg) => {
    const token = await sign(gates, goodClaims(gates), { signer: hmac(TEST_SECRET.repeat(2), alg) });
    expect(await gates.gateway(token)).toEqual({ status: 200, passed: true });
    expect(await gates.edge(token)).toEqual({ status: 200, passed: true });
  });
});

describe("refused at both gates", () => {
  test.each(attacks)("$name", async ({ forge }) => {
    const token = await forge(gates);
    const [atGateway, atEdge] = [await gates.gateway(token), await gates.edge(token)];
    expect([atGateway.passed, atEdge.passed]).toEqual([false, false]);
    expect(atGateway.status).toBeGreaterThanOrEqual(400);
    expect(atEdge.status).toBeGreaterThanOrEqual(400);
    expect([atGateway.status, atEdge.status]).not.toContain(500);
  });
});
