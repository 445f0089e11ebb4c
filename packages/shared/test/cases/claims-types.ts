import { type Reason, readClaims } from "@sallyport/shared";
import { type Case, type Group, shown, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { CLAIMS } from "./mint.ts";

const PIN = "A".repeat(43);
const OTHER_PIN = `${"B".repeat(42)}A`;
const LONG = "x".repeat(513);

/** Values of no use as a text, an object, a number… : of the wrong type for nearly every claim. */
const JUNK = [null, true, false, {}, [], [[]], [null], "", LONG] as const;
const NOT_A_DATE = [...JUNK, "1800000000", -1, -1e300, 1e300, 8.64e12 + 1, Number.MAX_VALUE, [1_800_000_000]];
const NOT_A_PORT = [...JUNK, 0, -1, 65_536, 443.5, 1e300, "443"];

interface Row {
  readonly name: string;
  readonly good: readonly unknown[];
  /** Good, but read as something else. */
  readonly read?: readonly { readonly from: unknown; readonly to: unknown }[];
  readonly bad: readonly unknown[];
}

const rows: readonly Row[] = [
  { name: "exp", good: [0, 1, 1_800_000_000, 1_800_000_000.5, 8.64e12], bad: NOT_A_DATE },
  { name: "nbf", good: [0, 1_800_000_000, 8.64e12], bad: NOT_A_DATE },
  { name: "iat", good: [0, 1_800_000_000, 8.64e12], bad: NOT_A_DATE },
  { name: "ip", good: ["10.0.0.1", "fd00::1", "203.0.113.9"], bad: [...JUNK, 167_772_161, ["10.0.0.1"]] },
  {
    name: "upstream",
    good: [["gw.example.com"], ["gw1.example.com", "gw2.example.com"], ["127.0.0.1"], ["[fd00::1]"]],
    read: [
      { from: "gw.example.com", to: ["gw.example.com"] },
      { from: "GW.Example.COM", to: ["gw.example.com"] },
      { from: "gw_1.dc.internal.", to: ["gw_1.dc.internal."] },
      { from: "[FD00::1]", to: ["[fd00::1]"] },
    ],
    bad: [
      ...JUNK,
      1,
      "gw.example.com:8443",
      "https://gw.example.com",
      "gw.example.com/x",
      "gw@evil.example",
      "g w",
      "gw?",
      "gw#",
      "fd00::1",
      ".gw",
      "-gw",
      "gw\\evil",
      "gw\n",
      "gw%2eevil",
      "b\u00fccher.example",
      `${"x".repeat(253)}.example`,
      ["gw.example.com", ""],
      ["gw.example.com", 1],
      Array(33).fill("gw.example.com"),
    ],
  },
  { name: "port", good: [1, 443, 65_535], bad: NOT_A_PORT },
  {
    name: "ports",
    good: [[443], [443, 5900], Array(32).fill(443)],
    bad: [...NOT_A_PORT, 443, [0], [443, "5900"], [443, 65_536], Array(33).fill(443)],
  },
  { name: "scheme", good: ["https", "http"], bad: [...JUNK, "HTTPS", "https:", "ftp", "wss", ["https"]] },
  { name: "platform", good: ["idrac9", "x".repeat(512)], bad: [...JUNK, 9, ["idrac9"]] },
  {
    name: "host",
    good: [
      "k7.example.com",
      "k7.example.com:8443",
      "localhost",
      "10.0.0.1",
      "[fd00::7]",
      "[fd00::7]:8443",
      "xn--bcher-kva.example",
    ],
    bad: [
      ...JUNK,
      7,
      "K7.example.com",
      "https://k7.example.com",
      "k7.example.com/",
      "k7.example.com:",
      "k7.example.com:123456",
      ".example.com",
      "*.example.com",
      "k7 .example.com",
      "k7.example.com\n",
      ["k7.example.com"],
      "fd00::7",
      "x".repeat(254),
    ],
  },
  {
    name: "spki",
    good: [[PIN], [PIN, OTHER_PIN]],
    read: [{ from: PIN, to: [PIN] }],
    bad: [
      ...JUNK,
      1,
      `${PIN}=`,
      PIN.slice(1),
      `sha256/${PIN.slice(7)}`,
      `${PIN.slice(1)}+`,
      `${PIN.slice(1)}/`,
      [PIN, "short"],
      Array(33).fill(PIN),
    ],
  },
  {
    name: "cip",
    good: ["10.0.0.1", "10.0.0.0/8", "fd00::/8", "0.0.0.0/0", "2001:db8::1"],
    bad: [
      ...JUNK,
      1,
      "10.0.0.1/8",
      "10.0.0.0/33",
      "10.0.0",
      "localhost",
      "::ffff:10.0.0.1",
      "fe80::1%eth0",
      ["10.0.0.1"],
    ],
  },
  { name: "sub", good: ["customer 17", "\u00e9", "x".repeat(512)], bad: [...JUNK, 17, ["customer"]] },
  { name: "tenant", good: ["t"], bad: [...JUNK, 17] },
  { name: "jti", good: ["01J"], bad: [...JUNK, 17] },
  {
    name: "aud",
    good: [["gateway"], ["edge", "gateway"]],
    read: [{ from: "gateway", to: ["gateway"] }],
    bad: [...JUNK, 1, ["gateway", ""], ["gateway", 1], [["gateway"]], Array(33).fill("gateway")],
  },
  { name: "max", good: [1, 2, 1000], bad: [...JUNK, 0, -1, 1.5, "1", [1]] },
  { name: "renew", good: ["https://portal.example.com/renew?k=7"], bad: [...JUNK, 1, ["https://portal.example.com"]] },
];

const typeCases = rows.flatMap(({ name, good, read = [], bad }): readonly Case[] => [
  ...table(
    good,
    (value) => `${name} may be ${shown(value)}`,
    (value) => equal(allowed(readClaims({ ...CLAIMS, [name]: value })), { ...CLAIMS, [name]: value }),
  ),
  ...table(
    read,
    ({ from, to }) => `${name} ${shown(from)} is read as ${shown(to)}`,
    ({ from, to }) => equal(allowed(readClaims({ ...CLAIMS, [name]: from })), { ...CLAIMS, [name]: to }),
  ),
  ...table(
    bad,
    (value) => `${name} may not be ${shown(value)}`,
    (value) => {
      const result = readClaims({ ...CLAIMS, [name]: value });
      refused(result, "token-claim");
      equal(result, { ok: false, reason: "token-claim", detail: name }, "the refusal names the claim");
    },
  ),
]);

const addressForms = [
  "localhost",
  "bmc.example.com",
  "10.0.0.01",
  "0x0a000001",
  "167772161",
  "10.1",
  "::ffff:10.0.0.1",
  "FD00::1",
  "[fd00::1]",
  "fe80::1%eth0",
  "10.0.0.1 ",
  "10.0.0.1:443",
];

const wholes: readonly { say: string; payload: unknown; reason: Reason }[] = [
  { say: "no exp", payload: { ip: "10.0.0.1" }, reason: "token-claim" },
  { say: "no ip", payload: { exp: 1 }, reason: "token-claim" },
  { say: "nothing in it", payload: {}, reason: "token-claim" },
  { say: "a list", payload: [], reason: "token-malformed" },
  { say: "null", payload: null, reason: "token-malformed" },
  { say: "undefined", payload: undefined, reason: "token-malformed" },
  { say: "a text", payload: "{}", reason: "token-malformed" },
  { say: "claims that are only inherited", payload: Object.create(CLAIMS), reason: "token-claim" },
  { say: "NaN for exp", payload: { ...CLAIMS, exp: Number.NaN }, reason: "token-claim" },
  { say: "Infinity for exp", payload: { ...CLAIMS, exp: Number.POSITIVE_INFINITY }, reason: "token-claim" },
];

export const claimsTypes: readonly Group[] = [
  { name: "claims by type", cases: typeCases },
  {
    name: "claims as a whole",
    cases: [
      ...table(
        wholes,
        ({ say, reason }) => `${say}: ${reason}`,
        ({ payload, reason }) => refused(readClaims(payload), reason),
      ),
      ...table(
        addressForms,
        (ip) => `ip ${shown(ip)} is not canonical`,
        (ip) => refused(readClaims({ ...CLAIMS, ip }), "target-address-form"),
      ),
      {
        name: "unknown claims are left out",
        run: () => equal(allowed(readClaims({ ...CLAIMS, admin: true, Port: 22, "port ": 22, iss: 1 })), CLAIMS),
      },
    ],
  },
];
