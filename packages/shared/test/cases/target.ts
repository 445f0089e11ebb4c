import {
  type Claims,
  isAllowedTarget,
  PRIVATE_NETWORKS,
  parseNetwork,
  type Reason,
  resolveTarget,
  type Target,
  type Wanted,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { NOW } from "./mint.ts";
import { networkOf } from "./network.ts";

interface Row {
  readonly say: string;
  readonly claims?: Partial<Claims>;
  readonly wanted?: Partial<Wanted>;
  /** What `TARGET_PORT` says. */
  readonly targetPort?: number;
  /** Port and scheme reached, or the reason why not. */
  readonly goes: { readonly port: number; readonly scheme?: "http" } | Reason;
}

const rows: readonly Row[] = [
  { say: "nothing said about ports", goes: { port: 443 } },
  { say: "the edge without an opinion (443)", wanted: { port: 443 }, goes: { port: 443 } },
  { say: "a port that is allowed", wanted: { port: 5900 }, goes: { port: 5900 } },
  { say: "a port that is not allowed", wanted: { port: 22 }, goes: "target-port" },
  { say: "TARGET_PORT stands in for 443", wanted: { port: 443 }, targetPort: 8443, goes: { port: 8443 } },
  { say: "TARGET_PORT stands in for nothing said", targetPort: 8443, goes: { port: 8443 } },
  {
    say: "TARGET_PORT does not stand in for another port",
    wanted: { port: 5900 },
    targetPort: 8443,
    goes: { port: 5900 },
  },
  { say: "TARGET_PORT asked for by its number", wanted: { port: 8443 }, targetPort: 8443, goes: { port: 8443 } },
  { say: "the claim port, nothing asked", claims: { port: 9443 }, goes: { port: 9443 } },
  {
    say: "the claim port wins over the edge's 443",
    claims: { port: 9443 },
    wanted: { port: 443 },
    goes: { port: 9443 },
  },
  { say: "the claim port and the same asked", claims: { port: 9443 }, wanted: { port: 9443 }, goes: { port: 9443 } },
  {
    say: "the claim port and another asked, though allowed",
    claims: { port: 9443 },
    wanted: { port: 5900 },
    goes: "target-port",
  },
  { say: "the claim port wins over TARGET_PORT", claims: { port: 9443 }, targetPort: 8443, goes: { port: 9443 } },
  {
    say: "the claim port 443 is meant, TARGET_PORT or not",
    claims: { port: 443 },
    targetPort: 8443,
    goes: { port: 443 },
  },
  {
    say: "the claim ports and one of them asked",
    claims: { ports: [443, 17_990] },
    wanted: { port: 17_990 },
    goes: { port: 17_990 },
  },
  { say: "the claim ports with 443, nothing asked", claims: { ports: [443, 17_990] }, goes: { port: 443 } },
  {
    say: "the claim ports with 443 and TARGET_PORT",
    claims: { ports: [443, 17_990] },
    targetPort: 8443,
    goes: { port: 443 },
  },
  { say: "the claim ports without 443, nothing asked", claims: { ports: [17_990] }, goes: "target-port" },
  {
    say: "the claim ports and an allowed port outside them",
    claims: { ports: [443] },
    wanted: { port: 5900 },
    goes: "target-port",
  },
  {
    say: "the claim port wins over the claim ports",
    claims: { port: 9443, ports: [5900] },
    wanted: { port: 5900 },
    goes: "target-port",
  },
  { say: "the scheme http from the token", claims: { scheme: "http", port: 80 }, goes: { port: 80, scheme: "http" } },
  { say: "the scheme https from the token", claims: { scheme: "https" }, goes: { port: 443 } },
  { say: "port zero asked", wanted: { port: 0 }, goes: "target-port" },
  { say: "NaN asked", wanted: { port: Number.NaN }, goes: "target-port" },
  { say: "another address", wanted: { address: "10.0.0.2" }, goes: "target-address" },
  { say: "an address that begins like it", wanted: { address: "10.0.0.11" }, goes: "target-address" },
  { say: "another spelling of the address", wanted: { address: "10.0.0.01" }, goes: "target-address-form" },
  { say: "the mapped spelling of the address", wanted: { address: "::ffff:10.0.0.1" }, goes: "target-address-form" },
  { say: "a second port that consoles need", wanted: { second: 3900 }, goes: { port: 3900 } },
  { say: "a second port that the operator lists", wanted: { second: 5900 }, goes: { port: 5900 } },
  { say: "a second port that nobody lists", wanted: { second: 22 }, goes: "target-port" },
  { say: "a second port beside the claim port", claims: { port: 443 }, wanted: { second: 3900 }, goes: "target-port" },
  { say: "the claim port, by a reserved path", claims: { port: 3900 }, wanted: { second: 3900 }, goes: { port: 3900 } },
  { say: "a second port of the claim ports", claims: { ports: [443, 22] }, wanted: { second: 22 }, goes: { port: 22 } },
  { say: "no port of the claim ports", claims: { ports: [443] }, wanted: { second: 3900 }, goes: "target-port" },
  { say: "a name", wanted: { address: "localhost" }, goes: "target-address-form" },
  { say: "no address", wanted: { address: "" }, goes: "target-address-form" },
  { say: "an address with a port", wanted: { address: "10.0.0.1:443" }, goes: "target-address-form" },
];

const resolving: Group = {
  name: "target of a request",
  cases: [
    {
      name: "a second port leaves the pages where they are",
      run: () => {
        const rules = { allowedPorts: [], targetPort: 8443, secondPorts: new Set([5900]) };
        const { target, pages } = allowed(
          resolveTarget({ ip: "10.0.0.1", exp: NOW + 3600 }, { address: "10.0.0.1", second: 5900 }, rules),
        );
        equal([target.port, pages.port], [5900, 8443]);
      },
    },
    ...table(
      rows,
      ({ say, goes }) => `${say}: ${typeof goes === "string" ? goes : `port ${goes.port}`}`,
      ({ claims, wanted, targetPort = 443, goes }) => {
        const token: Claims = { ip: "10.0.0.1", exp: NOW + 3600, ...claims };
        const result = resolveTarget(
          token,
          { address: "10.0.0.1", ...wanted },
          { allowedPorts: [443, 5900], targetPort, secondPorts: new Set<number>([3900]) },
        );
        if (typeof goes === "string") refused(result, goes);
        else equal(allowed(result).target, { address: "10.0.0.1", scheme: "https", ...goes } satisfies Target);
      },
    ),
    {
      name: "an IPv6 address, bare as in the wire",
      run: () => {
        const token: Claims = { ip: "fd00::7", exp: NOW + 3600 };
        const rules = { allowedPorts: [], targetPort: 443, secondPorts: new Set<number>() };
        equal(allowed(resolveTarget(token, { address: "fd00::7" }, rules)).target, {
          address: "fd00::7",
          port: 443,
          scheme: "https",
        });
        refused(resolveTarget(token, { address: "[fd00::7]" }, rules), "target-address-form");
        refused(resolveTarget(token, { address: "FD00::7" }, rules), "target-address-form");
      },
    },
  ],
};

/** Addresses that no wide entry opens, and the smallest well-known network around each. */
const special: readonly { address: string; around: string }[] = [
  { address: "0.0.0.0", around: "0.0.0.0/8" },
  { address: "0.0.0.1", around: "0.0.0.0/8" },
  { address: "127.0.0.1", around: "127.0.0.0/8" },
  { address: "127.255.255.254", around: "127.0.0.0/8" },
  { address: "169.254.169.254", around: "169.254.0.0/16" },
  { address: "169.254.170.2", around: "169.254.0.0/16" },
  { address: "100.100.100.200", around: "100.100.100.200" },
  { address: "168.63.129.16", around: "168.63.129.16" },
  { address: "192.0.0.192", around: "192.0.0.0/24" },
  { address: "224.0.0.1", around: "224.0.0.0/4" },
  { address: "239.255.255.255", around: "224.0.0.0/4" },
  { address: "240.0.0.1", around: "240.0.0.0/4" },
  { address: "255.255.255.255", around: "240.0.0.0/4" },
  { address: "::", around: "::/96" },
  { address: "::1", around: "::1/128" },
  { address: "::a00:1", around: "::/96" },
  { address: "::ffff:0:a00:1", around: "::ffff:0:0:0/96" },
  { address: "64:ff9b::a00:1", around: "64:ff9b::/96" },
  { address: "64:ff9b:1::a00:1", around: "64:ff9b:1::/48" },
  { address: "2001::1", around: "2001::/32" },
  { address: "2002:a00:1::", around: "2002::/16" },
  { address: "fe80::1", around: "fe80::/10" },
  { address: "fe80::a9fe:a9fe", around: "fe80::/10" },
  { address: "fd00:ec2::254", around: "fd00:ec2::/32" },
  { address: "fd00:ec2::23", around: "fd00:ec2::/32" },
  { address: "fd20:ce::254", around: "fd20:ce::254" },
  { address: "fd00:c1::a9fe:a9fe", around: "fd00:c1::a9fe:a9fe" },
  { address: "fd00:42::42", around: "fd00:42::42" },
  { address: "fd00:a9fe:a9fe::1", around: "fd00:a9fe:a9fe::1" },
  { address: "fd00:100::100:200", around: "fd00:100::100:200" },
  { address: "ff02::1", around: "ff00::/8" },
];

const privateInside = [
  "10.0.0.0",
  "10.255.255.255",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "fc00::1",
  "fd00::1",
  "fd12:3456:789a::1",
];
const privateOutside = [
  "9.255.255.255",
  "11.0.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "100.64.0.1",
  "198.18.0.1",
  "203.0.113.9",
  "8.8.8.8",
  "2001:db8::1",
  "2606:4700::1111",
  "fe00::1",
];

const opens = (address: string, ...listed: readonly string[]) => isAllowedTarget(address, listed.map(networkOf));

const allowing: Group = {
  name: "networks that may be targets",
  cases: [
    ...table(
      privateInside,
      (address) => `the private ranges hold ${address}`,
      (address) => equal(opens(address, ...PRIVATE_NETWORKS), true),
    ),
    ...table(
      privateOutside,
      (address) => `the private ranges do not hold ${address}`,
      (address) => equal(opens(address, ...PRIVATE_NETWORKS), false),
    ),
    ...table(
      special,
      ({ address, around }) => `${address} needs ${around}, a part of it or itself to be listed`,
      ({ address, around }) => {
        equal(opens(address, "0.0.0.0/0", "::/0", ...PRIVATE_NETWORKS), false, "every network listed");
        equal(opens(address, around), true, "its network listed");
        equal(opens(address, address), true, "itself listed");
        equal(opens(address, "0.0.0.0/0", "::/0", address), true, "itself listed beside every network");
      },
    ),
    ...table(
      [...new Set(special.map(({ around }) => around))].filter((around) => /\/(?!128)/.test(around)),
      (around) => `a network wider by one bit than ${around} does not open it`,
      (around) => equal(opens(around.split("/")[0] ?? "", widened(around)), false),
    ),
    ...table(
      ["", "localhost", "10.0.0.01", "::ffff:10.0.0.1", "FD00::1", "fd00::1%eth0"],
      (address) => `${shown(address)} is no target, whatever is listed`,
      (address) => equal(opens(address, "0.0.0.0/0", "::/0"), false),
    ),
    { name: "nothing listed opens nothing", run: () => equal(opens("10.0.0.1"), false) },
    {
      name: "one entry of many is enough",
      run: () => equal(opens("10.9.0.1", "fd00::/8", "10.1.0.0/16", "10.9.0.0/16"), true),
    },
    {
      name: "every private range is a network",
      run: () =>
        equal(
          PRIVATE_NETWORKS.filter((text) => !parseNetwork(text)),
          [],
        ),
    },
  ],
};

/** The network with one bit less in its prefix, host bits cleared: the family's whole space is wide enough here. */
function widened(network: string): string {
  const [base = "", prefix = ""] = network.split("/");
  const bits = Number(prefix) - 1;
  const { family, bytes } = networkOf(base).address;
  const cleared = bytes.map((byte, at) => byte & (0xff << Math.max(0, Math.min(8, (at + 1) * 8 - bits))) & 0xff);
  if (family === 4) return `${cleared.join(".")}/${bits}`;
  const groups = cleared.flatMap((byte, at) =>
    at % 2 === 0 ? [((byte << 8) | (cleared[at + 1] ?? 0)).toString(16)] : [],
  );
  return `${new URL(`http://[${groups.join(":")}]/`).hostname.slice(1, -1)}/${bits}`;
}

export const targets: readonly Group[] = [resolving, allowing];
