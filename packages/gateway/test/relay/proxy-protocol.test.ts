import fc from "fast-check";
import { expect, test } from "vitest";
import { PROXY_HEAD, proxyBodyLength, readProxyBody, writeProxyHeader } from "../../src/relay/proxy-protocol.ts";

function read(bytes: Buffer) {
  const head = bytes.subarray(0, PROXY_HEAD);
  const length = proxyBodyLength(head);
  return length === undefined ? undefined : readProxyBody(head, bytes.subarray(PROXY_HEAD, PROXY_HEAD + length));
}

const canonical = (address: string) => new URL(`http://[${address}]`).hostname.slice(1, -1);

test("what is written is read again, in IPv4 and IPv6", () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const pair = fc.oneof(fc.tuple(fc.ipV4(), fc.ipV4()), fc.tuple(fc.ipV6().map(canonical), fc.ipV6().map(canonical)));
  fc.assert(
    fc.property(pair, port, port, ([sourceAddress, destinationAddress], sourcePort, destinationPort) => {
      const ends = { sourceAddress, destinationAddress, sourcePort, destinationPort };
      expect(read(writeProxyHeader(ends))).toEqual(ends);
    }),
  );
});

test("addresses of two kinds, or none, become the header that names nobody", () => {
  const ends = { sourceAddress: "192.0.2.1", destinationAddress: "fd00::1", sourcePort: 1, destinationPort: 2 };
  expect(read(writeProxyHeader(ends))).toBe("local");
  expect(read(writeProxyHeader({ ...ends, sourceAddress: "" }))).toBe("local");
});

test.each([
  ["version 1", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")],
  ["another version", Buffer.from("0d0a0d0a000d0a515549540a1111000cc0000201c000020200010002", "hex")],
  ["a body that is too long to be one", Buffer.from("0d0a0d0a000d0a515549540a2111ffff", "hex")],
  ["addresses cut short", Buffer.from("0d0a0d0a000d0a515549540a21110004c0000201", "hex")],
  ["UDP", Buffer.from("0d0a0d0a000d0a515549540a2112000cc0000201c000020200010002", "hex")],
])("%s is no header", (_, bytes) => {
  expect(read(bytes)).toBeUndefined();
});

test("any bytes are a header or none, without a fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: PROXY_HEAD, maxLength: 64 }), (bytes) => void read(Buffer.from(bytes))),
  );
});
