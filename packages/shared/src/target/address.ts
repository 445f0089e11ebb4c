// Where a session may go: canonical addresses and networks, and the rule from claims and request to a target.

/**
 * Addresses and networks in canonical form only: dotted decimal without leading zeros, RFC 5952 for IPv6, no zone,
 * no IPv4-mapped form. One address has one spelling, so that a comparison of strings is a comparison of addresses.
 */
export interface Address {
  readonly family: 4 | 6;
  /** 4 or 16 bytes, network order. */
  readonly bytes: readonly number[];
}

export interface Network {
  readonly address: Address;
  /** Prefix length in bits. */
  readonly prefix: number;
}

/** The address that `text` spells canonically, or undefined. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes.push(Number(part));
  }
  return { family: 4, bytes };
}

function parseIpv6(text: string): Address | undefined {
  if (!/^[0-9a-f:]{2,39}$/.test(text)) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map(groups);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const words = [...head, ...Array<number>(Math.max(0, missing)).fill(0), ...tail];
  if (words.some((word) => !(word <= 0xffff))) return undefined;
  if (formatIpv6(words) !== text || isMapped(words)) return undefined;
  return { family: 6, bytes: words.flatMap((word) => [word >> 8, word & 0xff]) };
}

function groups(half: string): number[] {
  if (half === "") return [];
  return half.split(":").map((group) => (/^[0-9a-f]{1,4}$/.test(group) ? Number.parseInt(group, 16) : Number.NaN));
}

/** ::ffff:0:0/96: another spelling of an IPv4 address. */
function isMapped(words: readonly number[]): boolean {
  return words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
}

/** RFC 5952, 4: lower case, no leading zeros, the first longest run of two or more zero groups shortened. */
function formatIpv6(words: readonly number[]): string {
  const run = longestZeroRun(words);
  const text = (part: readonly number[]) => part.map((word) => word.toString(16)).join(":");
  if (run.length < 2) return text(words);
  return `${text(words.slice(0, run.start))}::${text(words.slice(run.start + run.length))}`;
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= words.length; index++) {
    if (words[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}

/** A network such as `10.0.0.0/8`, with no bit set behind its prefix; a bare address is a network of one. */
export function parseNetwork(text: string): Network | undefined {
  const [base = "", length, ...rest] = text.split("/");
  const address = parseAddress(base);
  if (!address || rest.length > 0) return undefined;
  const bits = address.bytes.length * 8;
  if (length === undefined) return { address, prefix: bits };
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > bits) return undefined;
  const network = { address, prefix: Number(length) };
  return hostBitsClear(network) ? network : undefined;
}

function hostBitsClear({ address, prefix }: Network): boolean {
  return address.bytes.every((byte, index) => (byte & ~maskByte(prefix, index) & 0xff) === 0);
}

function maskByte(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

export function isAddressOrNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}

export function networkContains(network: Network, address: Address): boolean {
  if (network.address.family !== address.family) return false;
  return network.address.bytes.every((byte, index) => {
    const mask = maskByte(network.prefix, index);
    return ((address.bytes[index] ?? 0) & mask) === (byte & mask);
  });
}

/** Every address of `inner` lies in `outer`. */
export function networkCovers(outer: Network, inner: Network): boolean {
  return inner.prefix >= outer.prefix && networkContains(outer, inner.address);
}

/** `10.0.0.1` or `[fd00::1]`, as it stands in a URL or a Host header. */
export function addressInUrl(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
