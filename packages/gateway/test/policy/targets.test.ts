import { type Claims, parseNetwork } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { TargetPolicy } from "../../src/policy/targets.ts";

function policy(...networks: string[]): TargetPolicy {
  return new TargetPolicy({
    networks: networks.map(parseNetwork).filter((network) => network !== undefined),
    allowedPorts: [8443],
    targetPort: 443,
    secondPorts: new Set([5900]),
  });
}

const claims = (more: Partial<Claims> = {}): Claims => ({ ip: "10.0.0.7", exp: 2_000_000_000, ...more });
const wanted = { address: "10.0.0.7" };

describe("what was decided about a token's target", () => {
  test("is said again as the same object, to whoever asks for the same", () => {
    const targets = policy("10.0.0.0/8");
    const token = claims();
    const first = targets.decide(token, wanted);
    expect(first).toMatchObject({ ok: true, value: { target: { address: "10.0.0.7", port: 443, scheme: "https" } } });
    expect(targets.decide(token, { ...wanted })).toBe(first);
  });

  test.each([
    ["address", { address: "10.0.0.8" }, "target-address"],
    ["port", { ...wanted, port: 80 }, "target-port"],
    ["second port", { ...wanted, second: 22 }, "target-port"],
  ])("does not hold for another %s", (_, other, reason) => {
    const targets = policy("10.0.0.0/8");
    const token = claims();
    targets.decide(token, wanted);
    expect(targets.decide(token, other)).toMatchObject({ ok: false, reason });
    expect(targets.decide(token, wanted).ok).toBe(true);
  });

  test("does not hold for another token, nor under other rules", () => {
    const targets = policy("10.0.0.0/8");
    const token = claims();
    targets.decide(token, wanted);
    expect(targets.decide(claims({ port: 8443 }), wanted)).toMatchObject({ value: { target: { port: 8443 } } });
    expect(policy("192.168.0.0/16").decide(token, wanted)).toMatchObject({ ok: false, reason: "target-network" });
  });
});

describe("an address about to be dialled", () => {
  test.each([
    ["10.1.2.3", true],
    ["11.1.2.3", false],
    ["127.0.0.1", false],
    ["10.1.2.03", false],
    ["fd00::7", false],
  ])("%s is listed: %s, each time", (address, listed) => {
    const targets = policy("10.0.0.0/8");
    expect([targets.lists(address), targets.lists(address)]).toEqual([listed, listed]);
  });

  test("is listed by the rules that are asked, and whatever else was asked in between", () => {
    const targets = policy("10.0.0.0/8");
    for (let count = 0; count < 3_000; count++) {
      const rest = `${count >> 8}.${count & 255}`;
      expect(targets.lists(`10.0.${rest}`)).toBe(true);
      expect(targets.lists(`11.0.${rest}`)).toBe(false);
    }
    expect(targets.lists("10.0.0.0")).toBe(true);
    expect(policy("192.168.0.0/16").lists("10.0.0.0")).toBe(false);
  });
});
