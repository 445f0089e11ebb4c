import { BlockList, isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkContains, networkCovers, parseAddress, parseNetwork } from "../../src/index.ts";
import { networkOf } from "../cases/network.ts";

// What Node says of an address is the oracle: its parser for what is one, its URL for the canonical spelling (RFC 5952),
// its block list for membership. fast-check prints the seed and path of a failure, by which it can be run again.

const mapped = /^::ffff:(?:[0-9a-f]{1,4}):[0-9a-f]{1,4}$/;
const canonical6 = (text: string) => new URL(`http://[${text}]/`).hostname.slice(1, -1);

/** Texts that are nearly addresses: few characters, so that many are. */
const near4 = fc.string({ unit: fc.constantFrom(..."0012589.ax "), maxLength: 16 });
const near6 = fc.string({ unit: fc.constantFrom(..."00aF1:::.%"), maxLength: 41 });
const words = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 });
const spelling6 = fc
  .tuple(words, fc.integer({ min: 0, max: 4 }))
  .map(([groups, width]) => groups.map((word) => word.toString(16).padStart(width, "0")).join(":"));
const address4 = fc.ipV4();
const address6 = fc
  .oneof(fc.ipV6(), spelling6)
  .map(canonical6)
  .filter((text) => !mapped.test(text));

function changed(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.nat(), fc.constantFrom("", "0", ":", ".", "f", "F", " ", "%", "::"))
    .map(([text, at, piece]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + piece + text.slice(index + (at % 2));
    });
}

test("IPv4: an address is what Node takes for one", () => {
  const texts = fc.oneof(near4, address4, changed(address4), fc.ipV4Extended(), fc.string());
  const property = fc.property(texts, (text) => {
    expect(parseAddress(text)?.family === 4).toBe(isIPv4(text));
  });
  fc.assert(property, { numRuns: 3000 });
});

test("IPv6: an address is what Node takes for one, in the URL's spelling, zones and mapped addresses aside", () => {
  const texts = fc.oneof(near6, fc.ipV6(), spelling6, address6, changed(address6), changed(fc.ipV6()));
  const property = fc.property(texts, (text) => {
    const one = isIPv6(text) && !text.includes("%") && canonical6(text) === text && !mapped.test(text);
    expect(parseAddress(text)?.family === 6).toBe(one);
  });
  fc.assert(property, { numRuns: 5000 });
});

test("the bytes of an address are those of its groups", () => {
  const property = fc.property(words, (groups) => {
    const text = canonical6(groups.map((word) => word.toString(16)).join(":"));
    fc.pre(!mapped.test(text));
    expect(parseAddress(text)?.bytes).toEqual(groups.flatMap((word) => [word >> 8, word & 0xff]));
  });
  fc.assert(property);
});

/** A network around an address: the prefix, and the address with the bits behind it cleared by the oracle's arithmetic. */
function around(text: string, prefix: number): string {
  const bytes = parseAddress(text)?.bytes ?? [];
  const all = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const host = BigInt(bytes.length * 8 - prefix);
  const cleared = (all >> host) << host;
  if (bytes.length === 4) return `${[24n, 16n, 8n, 0n].map((shift) => (cleared >> shift) & 0xffn).join(".")}/${prefix}`;
  const groups = Array.from({ length: 8 }, (_, at) => ((cleared >> BigInt(112 - at * 16)) & 0xffffn).toString(16));
  return `${canonical6(groups.join(":"))}/${prefix}`;
}

const families = [
  { family: "ipv4", addresses: address4, bits: 32 },
  { family: "ipv6", addresses: address6, bits: 128 },
] as const;

test.for(families)(
  "$family: a network holds the addresses that Node's block list holds",
  ({ family, addresses, bits }) => {
    const property = fc.property(addresses, addresses, fc.integer({ min: 0, max: bits }), (base, other, prefix) => {
      const text = around(base, prefix);
      fc.pre(parseNetwork(text) !== undefined);
      const list = new BlockList();
      list.addSubnet(base, prefix, family);
      const network = networkOf(text);
      for (const address of [base, other]) {
        expect(networkContains(network, networkOf(address).address)).toBe(list.check(address, family));
      }
    });
    fc.assert(property, { numRuns: 1000 });
  },
);

test.for(families)(
  "$family: a network covers another exactly if it holds its first and last address",
  ({ addresses, bits }) => {
    const prefix = fc.integer({ min: 0, max: bits });
    const property = fc.property(addresses, addresses, prefix, prefix, (left, right, wide, narrow) => {
      const [outer, inner] = [parseNetwork(around(left, wide)), parseNetwork(around(right, narrow))];
      fc.pre(outer !== undefined && inner !== undefined);
      const last = inner.address.bytes.map((byte, at) => byte | (0xff >> Math.min(8, Math.max(0, narrow - at * 8))));
      const holdsBoth =
        networkContains(outer, inner.address) && networkContains(outer, { ...inner.address, bytes: last });
      expect(networkCovers(outer, inner)).toBe(holdsBoth);
    });
    fc.assert(property, { numRuns: 1000 });
  },
);

test("a network with a bit behind its prefix is none", () => {
  const property = fc.property(address4, fc.integer({ min: 0, max: 31 }), (text, prefix) => {
    expect(parseNetwork(`${text}/${prefix}`) !== undefined).toBe(around(text, prefix) === `${text}/${prefix}`);
  });
  fc.assert(property);
});
