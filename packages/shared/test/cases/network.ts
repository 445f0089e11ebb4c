import {
  isAddressOrNetwork,
  type Network,
  networkContains,
  networkCovers,
  parseAddress,
  parseNetwork,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { equal, holds } from "./check.ts";

const networks = [
  "0.0.0.0/0",
  "10.0.0.0/8",
  "10.128.0.0/9",
  "172.16.0.0/12",
  "10.0.0.1/32",
  "10.0.0.1",
  "::/0",
  "fc00::/7",
  "fd00:1:2::/48",
  "fd00::1/128",
  "fd00::1",
  "fd00::8000:0/97",
];
const noNetworks = [
  "",
  "/",
  "/8",
  "10.0.0.0/",
  "10.0.0.0/08",
  "10.0.0.0/+8",
  "10.0.0.0/8.0",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0.0 /8",
  "10.0.0.0/ 8",
  "10.0.0.1/8",
  "10.128.0.0/8",
  "10.0.0.0/0",
  "10/8",
  "fd00::/129",
  "fd00::1/64",
  "fd00::/7",
  "FD00::/8",
  "fd00:0::/32",
  "::ffff:10.0.0.0/104",
  "localhost/8",
  "10.0.0.0/1e0",
  "10.0.0.0/\u0668",
];

/** Whether an address lies in a network. */
const members: readonly { network: string; inside: readonly string[]; outside: readonly string[] }[] = [
  { network: "0.0.0.0/0", inside: ["0.0.0.0", "255.255.255.255"], outside: ["::", "fd00::1"] },
  { network: "10.0.0.0/8", inside: ["10.0.0.0", "10.255.255.255"], outside: ["9.255.255.255", "11.0.0.0", "::a00:1"] },
  { network: "172.16.0.0/12", inside: ["172.16.0.0", "172.31.255.255"], outside: ["172.15.255.255", "172.32.0.0"] },
  { network: "192.168.4.0/23", inside: ["192.168.4.0", "192.168.5.255"], outside: ["192.168.3.255", "192.168.6.0"] },
  { network: "10.0.0.1", inside: ["10.0.0.1"], outside: ["10.0.0.0", "10.0.0.2"] },
  { network: "10.0.0.128/25", inside: ["10.0.0.128", "10.0.0.255"], outside: ["10.0.0.127"] },
  { network: "::/0", inside: ["::", "ff00::1"], outside: ["10.0.0.1"] },
  { network: "fc00::/7", inside: ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], outside: ["fbff::", "fe00::"] },
  { network: "fd00:1:2::/47", inside: ["fd00:1:2::1", "fd00:1:3::1"], outside: ["fd00:1:1::1", "fd00:1:4::1"] },
  { network: "fd00::1/128", inside: ["fd00::1"], outside: ["fd00::", "fd00::2"] },
];

const covers: readonly { outer: string; inner: string; expected: boolean }[] = [
  { outer: "10.0.0.0/8", inner: "10.0.0.0/8", expected: true },
  { outer: "10.0.0.0/8", inner: "10.1.0.0/16", expected: true },
  { outer: "10.0.0.0/8", inner: "10.255.255.255", expected: true },
  { outer: "10.0.0.0/8", inner: "0.0.0.0/0", expected: false },
  { outer: "10.1.0.0/16", inner: "10.0.0.0/8", expected: false },
  { outer: "10.0.0.0/8", inner: "11.0.0.0/8", expected: false },
  { outer: "::/0", inner: "10.0.0.0/8", expected: false },
  { outer: "0.0.0.0/0", inner: "::/0", expected: false },
  { outer: "fc00::/7", inner: "fd00::/8", expected: true },
  { outer: "fd00::/8", inner: "fc00::/7", expected: false },
];

export function networkOf(text: string): Network {
  const network = parseNetwork(text);
  holds(network !== undefined, `${text} is no network`);
  return network;
}

export const networkRanges: Group = {
  name: "networks",
  cases: [
    ...table(
      networks,
      (text) => `${text} is one`,
      (text) => {
        const [base, prefix] = text.split("/");
        equal(networkOf(text), {
          address: parseAddress(base ?? ""),
          prefix: prefix ? Number(prefix) : text.includes(":") ? 128 : 32,
        });
        equal(isAddressOrNetwork(text), true);
      },
    ),
    ...table(
      noNetworks,
      (text) => `${shown(text)} is none`,
      (text) => equal([parseNetwork(text), isAddressOrNetwork(text)], [undefined, false]),
    ),
    ...table(
      members,
      ({ network }) => `${network} has its first and last address and no neighbour`,
      ({ network, inside, outside }) => {
        const contains = (text: string) => networkContains(networkOf(network), networkOf(text).address);
        equal(
          inside.filter((text) => !contains(text)),
          [],
          "missing",
        );
        equal(outside.filter(contains), [], "foreign");
      },
    ),
    ...table(
      covers,
      ({ outer, inner, expected }) => `${outer} ${expected ? "covers" : "does not cover"} ${inner}`,
      ({ outer, inner, expected }) => equal(networkCovers(networkOf(outer), networkOf(inner)), expected),
    ),
  ],
};
