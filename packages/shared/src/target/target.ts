import { allow, deny, type Result } from "../result.ts";
import type { Claims } from "../token/claims.ts";
import { type Network, networkContains, networkCovers, parseAddress, parseNetwork } from "./address.ts";

/** Where a session may go. */
export interface Target {
  /** Canonical address. */
  readonly address: string;
  readonly port: number;
  readonly scheme: "https" | "http";
}

/** What the request asks for beside the token: the values of X-PM-Host and X-PM-Port, or of the WebSocket path. */
export interface Wanted {
  readonly address: string;
  /** Absent or 443: the edge has no opinion. */
  readonly port?: number;
  /** The port that a reserved path names, beside the one on which the pages are. */
  readonly second?: number;
}

export interface PortRules {
  /** Ports that a token without `port` and `ports` opens. */
  readonly allowedPorts: readonly number[];
  /** Stands in for an edge port of 443 where the token names none. */
  readonly targetPort: number;
  /** Ports that a reserved path may name where the token lists none. */
  readonly secondPorts: ReadonlySet<number>;
}

/** Where a request goes, and where the pages of the same controller are. */
export interface ResolvedTarget {
  readonly target: Target;
  /** The same, unless a second port was asked for. */
  readonly pages: Target;
}

/** The port that an edge sends when it has nothing to say (row P-08). */
export const UNSPECIFIED_PORT = 443;

/**
 * The target of a request. Address, port and scheme come from the signed token wherever it names them, and what the
 * request says must agree (`target-address`, `target-port`).
 */
export function resolveTarget(claims: Claims, wanted: Wanted, rules: PortRules): Result<ResolvedTarget> {
  if (!parseAddress(wanted.address)) return deny("target-address-form");
  if (wanted.address !== claims.ip) return deny("target-address");
  const port = resolvePort(claims, wanted.port ?? UNSPECIFIED_PORT, rules);
  if (port === undefined) return deny("target-port");
  const pages: Target = { address: claims.ip, port, scheme: claims.scheme ?? "https" };
  const { second } = wanted;
  if (second === undefined) return allow({ target: pages, pages });
  if (!opensSecond(claims, second, rules)) return deny("target-port", `second port ${second}`);
  return allow({ target: { ...pages, port: second }, pages });
}

/** A token that names its ports opens no other; one that names none opens what the controllers' consoles need. */
function opensSecond({ port, ports }: Claims, second: number, rules: PortRules): boolean {
  if (ports !== undefined) return ports.includes(second);
  if (port !== undefined) return port === second;
  return rules.secondPorts.has(second) || rules.allowedPorts.includes(second);
}

function resolvePort(claims: Claims, asked: number, rules: PortRules): number | undefined {
  if (claims.port !== undefined) {
    return asked === UNSPECIFIED_PORT || asked === claims.port ? claims.port : undefined;
  }
  if (claims.ports !== undefined) return claims.ports.includes(asked) ? asked : undefined;
  if (asked === UNSPECIFIED_PORT || asked === rules.targetPort) return rules.targetPort;
  return rules.allowedPorts.includes(asked) ? asked : undefined;
}

const network = (text: string): Network => {
  const parsed = parseNetwork(text);
  if (!parsed) throw new TypeError(`not a network: ${text}`);
  return parsed;
};

/** RFC 1918 and RFC 4193: what `ALLOWED_TARGETS` is when nothing is set. */
export const PRIVATE_NETWORKS: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

/**
 * Networks that no wider entry opens: an address in one of them is a target only if an entry lists it or a part of
 * that network. Loopback, this host, link-local (cloud metadata among them), multicast, broadcast, forms that embed an
 * IPv4 address (NAT64, SIIT, 6to4, Teredo), and metadata services elsewhere: some lie within the private ranges.
 */
const SPECIAL_NETWORKS: readonly Network[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  // Metadata and agents: Alibaba, Azure
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "::1/128",
  "::ffff:0:0:0/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "fe80::/10",
  // Metadata and agents: AWS, Google, Oracle, Scaleway, Akamai, Alibaba
  "fd00:ec2::/32",
  "fd20:ce::254",
  "fd00:c1::a9fe:a9fe",
  "fd00:42::42",
  "fd00:a9fe:a9fe::1",
  "fd00:100::100:200",
  "ff00::/8",
].map(network);

/** Whether `address` (canonical) lies in one of the listed networks, special ones only where named themselves. */
export function isAllowedTarget(address: string, listed: readonly Network[]): boolean {
  const parsed = parseAddress(address);
  if (!parsed) return false;
  const special = SPECIAL_NETWORKS.filter((entry) => networkContains(entry, parsed));
  return listed.some((entry) => networkContains(entry, parsed) && special.every((one) => networkCovers(one, entry)));
}
