import { toBase64Url, utf8 } from "@sallyport/shared";
import {
  hmac,
  type MintOptions,
  makePair,
  mint,
  type Part,
  withPart,
} from "../../../packages/shared/test/cases/mint.ts";
import type { Gates } from "./gates.ts";

/** A token that no gate may take, and how it comes about. */
export interface Attack {
  readonly name: string;
  readonly forge: (gates: Gates) => Promise<string>;
}

const HOUR = 3600;

/** What a token of these gates says that would be taken. */
export function goodClaims({ port }: Gates): Readonly<Record<string, unknown>> {
  return { ip: "127.0.0.1", port, scheme: "http", upstream: "localhost", exp: Math.floor(Date.now() / 1000) + HOUR };
}

export function sign(gates: Gates, claims: Part, options: MintOptions = {}): Promise<string> {
  return mint(claims, { signer: gates.keys.secret, ...options });
}

const header = (name: string, members: MintOptions["header"]): Attack => ({
  name,
  forge: (gates) => sign(gates, goodClaims(gates), { header: members ?? {} }),
});

const claims = (name: string, members: Readonly<Record<string, unknown>>): Attack => ({
  name,
  forge: (gates) => sign(gates, { ...goodClaims(gates), ...members }),
});

/** The payload as text, so that numbers and names can be written as no library would. */
const payload = (name: string, edit: (text: string) => string): Attack => ({
  name,
  forge: (gates) => sign(gates, edit(JSON.stringify(goodClaims(gates)))),
});

const spelling = (name: string, change: (token: string) => string): Attack => ({
  name,
  forge: async (gates) => change(await sign(gates, goodClaims(gates))),
});

/** CVE-2015-2951, CVE-2018-1000531 and kin. */
const unsigned: readonly Attack[] = [
  ...["none", "None", "NONE", "nOnE", ""].flatMap((alg) => [
    header(`alg ${JSON.stringify(alg)} over the right signature`, { alg }),
    {
      name: `alg ${JSON.stringify(alg)} with an empty signature`,
      forge: async (gates: Gates) => withPart(await sign(gates, goodClaims(gates), { header: { alg } }), 2, () => ""),
    },
  ]),
  spelling("a signature that is empty", (token) => withPart(token, 2, () => "")),
  spelling("no signature and no dot", (token) => token.split(".").slice(0, 2).join(".")),
  spelling("a signature of zeros", (token) => withPart(token, 2, ({ length }) => "A".repeat(length))),
  spelling("half a signature", (token) => withPart(token, 2, (part) => part.slice(0, 20))),
  spelling("a signature with one bit changed", (token) =>
    withPart(token, 2, (part) => (part.startsWith("A") ? "B" : "A") + part.slice(1)),
  ),
  spelling("a payload that was changed", (token) =>
    withPart(token, 1, () => toBase64Url(utf8(JSON.stringify({ ip: "127.0.0.1", exp: 9_999_999_999 })))),
  ),
];

/** CVE-2016-5431, CVE-2016-10555: a public key is no secret, a secret no public key. */
const confused: readonly Attack[] = [
  ...(["rsa", "ec", "ed"] as const).flatMap((name) =>
    (["HS256", "HS384", "HS512"] as const).map((alg) => ({
      name: `the ${name} key, as JSON, for the secret of ${alg}`,
      forge: ({ keys, ...gates }: Gates) =>
        mint(goodClaims({ keys, ...gates }), {
          signer: hmac(JSON.stringify(keys[name].jwk), alg),
          header: { kid: name },
        }),
    })),
  ),
  ...(["RS256", "ES256", "EdDSA"] as const).map((alg) => ({
    name: `${alg} over a signature of the secret's`,
    forge: (gates: Gates) => sign(gates, goodClaims(gates), { header: { alg } }),
  })),
  ...(["rsa", "ec", "ed"] as const).flatMap((name) =>
    (["rsa", "ec", "ed"] as const)
      .filter((other) => other !== name)
      .map((other) => ({
        name: `the ${name} key under the name of the ${other} key`,
        forge: (gates: Gates) => mint(goodClaims(gates), { signer: gates.keys[name], header: { kid: other } }),
      })),
  ),
  ...["PS256", "RS384", "RS512", "ES384", "ES256K", "Ed448", "A256KW", "dir", "RSA-OAEP", "hs256", "HS256 "].map(
    (alg) => header(`alg ${alg}`, { alg }),
  ),
  ...[null, 256, true, ["HS256"], { toString: "HS256" }].map((alg) => header(`alg ${JSON.stringify(alg)}`, { alg })),
  header("no alg", "{}"),
  {
    name: "two algs, the first allowed",
    forge: (gates) => sign(gates, goodClaims(gates), { header: '{"alg":"HS256","alg":"none"}' }),
  },
];

/** Keys that the token brings along (CVE-2018-0114), or looks up. */
const brought: readonly Attack[] = [
  {
    name: "a key of its own",
    forge: async (gates) => {
      const own = await makePair("ES256", "ec");
      return mint(goodClaims(gates), { signer: own, header: { kid: "ec", jwk: own.jwk } });
    },
  },
  ...["jku", "x5u"].map((name) => ({
    name: `an address of keys in ${name}`,
    forge: async (gates: Gates) => {
      const own = await makePair("RS256", "rsa");
      return mint(goodClaims(gates), { signer: own, header: { kid: "rsa", [name]: "https://127.0.0.1:1/jwks.json" } });
    },
  })),
  {
    name: "a certificate of its own",
    forge: async (gates) => mint(goodClaims(gates), { signer: await makePair("RS256"), header: { x5c: ["MIIB"] } }),
  },
  ...["../../../dev/null", "/dev/null", "' UNION SELECT 'k", "__proto__", "constructor", "", "rsa\u0000", "RSA"].map(
    (kid) => ({
      name: `a key named ${JSON.stringify(kid)}`,
      forge: async (gates: Gates) => mint(goodClaims(gates), { signer: await makePair("RS256"), header: { kid } }),
    }),
  ),
  ...[1, null, ["rsa"], { rsa: 1 }, false].map((kid) => header(`a key's name that is ${JSON.stringify(kid)}`, { kid })),
  {
    name: "an empty secret",
    forge: (gates) => mint(goodClaims(gates), { signer: hmac("\u0000") }),
  },
];

/** Members of a header that must be understood or refused (RFC 7515, 4.1.11; RFC 7797). */
const critical: readonly Attack[] = [
  header("crit of something unknown", { crit: ["exp"], exp: 1 }),
  header("crit of b64", { crit: ["b64"], b64: false }),
  header("crit of b64, said to be true", { crit: ["b64"], b64: true }),
  header("crit that is empty", { crit: [] }),
  header("crit that is text", { crit: "exp" }),
  header("crit that is null", { crit: null }),
  header("b64 alone", { b64: false }),
  header("b64 alone, true", { b64: true }),
];

const spelt: readonly Attack[] = [
  spelling("padding", (token) => `${token}=`),
  spelling("plain base64", (token) => withPart(token, 1, (part) => `${part.slice(0, -1)}+`)),
  spelling("a fourth part", (token) => `${token}.e30`),
  spelling("an encrypted token's five parts", (token) => `${token}.e30.e30`),
  spelling("a dot before", (token) => `.${token}`),
  spelling("percent-encoded dots", (token) => token.replaceAll(".", "%2e")),
  spelling("a blank within", (token) => withPart(token, 1, (part) => `${part.slice(0, 5)} ${part.slice(5)}`)),
  spelling("unused bits that are set", (token) =>
    withPart(token, 2, (part) => part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1)),
  ),
  spelling("JSON serialisation", (token) => {
    const [protectedPart, body, signature] = token.split(".");
    return JSON.stringify({ protected: protectedPart, payload: body, signature }).replaceAll(/[",]/g, "%22");
  }),
  spelling("over 4096 characters", (token) => token + "A".repeat(4096)),
  spelling("nothing", () => ""),
  spelling("two dots", () => ".."),
  spelling("words", () => "not.a.token"),
  header("a header that is no object", "[]"),
  header("a header that is no JSON", "{alg:HS256}"),
  header("a header with a byte order mark", `\uFEFF${JSON.stringify({ alg: "HS256" })}`),
  header("a header that is no UTF-8", Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  payload("a payload that is null", () => "null"),
  payload("a payload that is a list", (text) => `[${text}]`),
  payload("a payload that is text", (text) => JSON.stringify(text)),
  payload("a payload that is empty", () => ""),
  payload("a payload with words behind it", (text) => `${text} x`),
  payload("a payload with a comment", (text) => `${text}/**/`),
  payload("a payload with a byte order mark", (text) => `\uFEFF${text}`),
  {
    name: "a payload that is no UTF-8",
    forge: (gates) => sign(gates, Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  },
];

/** Numbers as some parsers take them. A second `exp` counts, as everywhere in ECMAScript: so it must not widen either. */
const dates: readonly Attack[] = [
  ...["NaN", "Infinity", "-Infinity", "0x7fffffff", "+9999999999", "09999999999", "9999999999."].map((text) =>
    payload(`exp ${text}`, (json) => json.replace(/"exp":\d+/, `"exp":${text}`)),
  ),
  ...["1e400", "1e30", "-1", "0", "-9999999999", "null", "true", '"9999999999"', "[9999999999]", "{}"].map((text) =>
    payload(`exp ${text}`, (json) => json.replace(/"exp":\d+/, `"exp":${text}`)),
  ),
  payload("no exp", (json) => json.replace(/,"exp":\d+/, "")),
  payload("a second exp that is over", (json) => json.replace("}", ',"exp":1}')),
  payload("an exp in a prototype", (json) => json.replace(/"exp":\d+/, '"__proto__":{"exp":9999999999}')),
  ...[0, 1, 9].map((ago) => ({
    name: `exp ${ago} s ago`,
    forge: (gates: Gates) => sign(gates, { ...goodClaims(gates), exp: Date.now() / 1000 - ago }),
  })),
  ...["nbf", "iat"].flatMap((name) => [
    {
      name: `${name} in a minute`,
      forge: (gates: Gates) => sign(gates, { ...goodClaims(gates), [name]: Date.now() / 1000 + 60 }),
    },
    claims(`${name} as text`, { [name]: "0" }),
    claims(`${name} null`, { [name]: null }),
    claims(`${name} before time`, { [name]: -1 }),
    payload(`${name} beyond all dates`, (json) => json.replace("}", `,"${name}":1e300}`)),
  ]),
];

const typed: readonly Attack[] = [
  ...[1, null, ["127.0.0.1"], {}, "", true].map((ip) => claims(`ip ${JSON.stringify(ip)}`, { ip })),
  ...[0, -1, 65_536, 1.5, "443", null, [443]].map((port) => claims(`port ${JSON.stringify(port)}`, { port })),
  ...[[], [0], ["443"], 443, [443, null], {}].map((ports) => claims(`ports ${JSON.stringify(ports)}`, { ports })),
  ...["HTTPS", "ftp", "", null, 1, ["http"]].map((scheme) => claims(`scheme ${JSON.stringify(scheme)}`, { scheme })),
  ...["evil.example", "", 1, null, ["k7.example.test"]].map((host) => claims(`host ${JSON.stringify(host)}`, { host })),
  ...["192.0.2.1", "0.0.0.0/33", "127.0.0.1/8", "any", "", null, 1].map((cip) =>
    claims(`cip ${JSON.stringify(cip)}`, { cip }),
  ),
  ...["x", "", 1, null, [], [""]].map((spki) => claims(`spki ${JSON.stringify(spki)}`, { spki })),
  ...["other", ["other"], "", 1, null, []].map((aud) => claims(`aud ${JSON.stringify(aud)}`, { aud })),
  ...[0, -1, 1.5, "1", null].map((max) => claims(`max ${JSON.stringify(max)}`, { max })),
  ...["sub", "tenant", "jti", "platform", "renew"].flatMap((name) => [
    claims(`${name} a number`, { [name]: 1 }),
    claims(`${name} too long`, { [name]: "x".repeat(600) }),
  ]),
  ...["", "evil.example:1/", "a b", "user@host", "host/path", null, 1, []].map((upstream) =>
    claims(`upstream ${JSON.stringify(upstream)}`, { upstream }),
  ),
];

/** Spellings of an address; those in another notation reach the same host in most libraries. */
const addressed: readonly Attack[] = [
  ...["0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001", "127.1", "127.0.1"],
  ...["127.0.0.1.", " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\n", "127.0.0.1:80", "127.0.0.1/32", "127.0.0.1%00"],
  ...["::ffff:127.0.0.1", "::ffff:7f00:1", "[::1]", "::1%lo", "0:0:0:0:0:0:0:1", "::01", "::1/128", "::127.0.0.1"],
  ...["localhost", "localtest.me", "①②⑦.⓪.⓪.①", "127。0。0。1", "user@127.0.0.1", "127.0.0.1#", "127.0.0.1?"],
  ...["10.0.0.256", "1.2.3", "1.2.3.4.5", ":", ":::", "fe80:::1", "g::1"],
].map((ip) => claims(`address ${JSON.stringify(ip)}`, { ip }));

export const attacks: readonly Attack[] = [
  ...unsigned,
  ...confused,
  ...brought,
  ...critical,
  ...spelt,
  ...dates,
  ...typed,
  ...addressed,
];
