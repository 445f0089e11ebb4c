import { parseAddress } from "@sallyport/shared";

/** Of what is no address; the longest that is one has 39 characters. */
const LONGEST = 45;
/** A network of one customer's, in bytes: whoever has one address of it has them all (RFC 6177, RIPE-690). */
const IPV6_PREFIX = 8;

/** Under which name a client is counted: an IPv4 address, or the /64 that an IPv6 address is of. */
export function clientKey(address: string): string {
  const parsed = parseAddress(address);
  if (parsed?.family !== 6) return address.slice(0, LONGEST);
  return Buffer.from(parsed.bytes.slice(0, IPV6_PREFIX)).toString("hex");
}
