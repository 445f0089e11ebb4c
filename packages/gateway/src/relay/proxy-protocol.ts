import { isIPv4, isIPv6 } from "node:net";

/** The two ends of a connection as its first server saw them. */
export interface ProxiedEnds {
  readonly sourceAddress: string;
  readonly sourcePort: number;
  readonly destinationAddress: string;
  readonly destinationPort: number;
}

/** PROXY protocol, version 2 (haproxy's proxy-protocol.txt, 2.2): twelve fixed bytes, version, family, length. */
const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
export const PROXY_HEAD = 16;
/** Addresses of IPv6 and room for what balancers add. More is nobody's header. */
const MAX_BODY = 2048;
const COMMANDS = { local: 0x20, proxy: 0x21 } as const;
const FAMILIES = { tcp4: 0x11, tcp6: 0x21 } as const;
const BODY = { [FAMILIES.tcp4]: 12, [FAMILIES.tcp6]: 36 } as const;

/** The header that tells an upstream who the client is; without addresses that both ends share, the LOCAL one. */
export function writeProxyHeader(ends: ProxiedEnds): Buffer {
  const { sourceAddress, destinationAddress } = ends;
  if (isIPv4(sourceAddress) && isIPv4(destinationAddress)) return header(FAMILIES.tcp4, body(ends, ipv4Bytes));
  if (isIPv6(sourceAddress) && isIPv6(destinationAddress)) return header(FAMILIES.tcp6, body(ends, ipv6Bytes));
  return Buffer.concat([SIGNATURE, Buffer.from([COMMANDS.local, 0, 0, 0])]);
}

function header(family: number, content: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(content.length);
  return Buffer.concat([SIGNATURE, Buffer.from([COMMANDS.proxy, family]), length, content]);
}

function body(ends: ProxiedEnds, bytes: (address: string) => Buffer): Buffer {
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(ends.sourcePort, 0);
  ports.writeUInt16BE(ends.destinationPort, 2);
  return Buffer.concat([bytes(ends.sourceAddress), bytes(ends.destinationAddress), ports]);
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Buffer {
  const [left = [], right] = new URL(`http://[${address}]`).hostname
    .slice(1, -1)
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":")));
  const groups = right ? [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right] : left;
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** The length of what follows the first 16 bytes; undefined where they begin no header that we take. */
export function proxyBodyLength(head: Buffer): number | undefined {
  const [command, , length] = [head[12], head[13], head.readUInt16BE(14)];
  const known = command === COMMANDS.local || command === COMMANDS.proxy;
  return head.subarray(0, 12).equals(SIGNATURE) && known && length <= MAX_BODY ? length : undefined;
}

/** `local`: the balancer speaks for itself. Undefined: not TCP over IP, or too short. */
export function readProxyBody(head: Buffer, content: Buffer): ProxiedEnds | "local" | undefined {
  if (head[12] === COMMANDS.local) return "local";
  const family = head[13];
  if (family !== FAMILIES.tcp4 && family !== FAMILIES.tcp6) return undefined;
  if (content.length < BODY[family]) return undefined;
  const size = family === FAMILIES.tcp4 ? 4 : 16;
  const text = (at: number) => addressText(content.subarray(at, at + size));
  return {
    sourceAddress: text(0),
    destinationAddress: text(size),
    sourcePort: content.readUInt16BE(2 * size),
    destinationPort: content.readUInt16BE(2 * size + 2),
  };
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = bytes.toString("hex").match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
