import {
  decodeEnvelope,
  EDGE_HEADERS,
  type Envelope,
  encodeEnvelope,
  isHeaderText,
  LEGACY_HEADERS,
  MAX_ENVELOPE_LENGTH,
  PAGE_HEADERS,
  parseEnvelope,
  type Reason,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, holds, refused } from "./check.ts";

/** Values whose base64 has all of `+`, `/` and `=`. */
const TRICKY: Envelope = {
  host: "k7.example.com",
  origin: "https://k7.example.com",
  "user-agent": "~~~???>>>\u00fb\u00ff\u00fe",
  cookie: "a=1; b=\u00e9",
};

const base64 = (text: string) => btoa(text);
const json = (value: unknown) => base64(JSON.stringify(value));
const decode = (raw: string, names: ReadonlySet<string> = LEGACY_HEADERS) => decodeEnvelope(raw, names);

/** The ways in which an envelope stands in a query. */
const encodings: readonly { say: string; of: (envelope: Envelope) => string }[] = [
  { say: "ours: percent-encoded base64", of: encodeEnvelope },
  { say: "the original's: bare base64", of: (envelope) => json(envelope) },
  { say: "bare base64, its plus signs turned into spaces", of: (envelope) => json(envelope).replaceAll("+", " ") },
  {
    say: "percent-encoded by a form, its plus signs turned into %20",
    of: (envelope) => encodeURIComponent(json(envelope).replaceAll("+", " ")),
  },
  {
    say: "base64url without padding",
    of: (envelope) => json(envelope).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  },
  { say: "base64url with padding", of: (envelope) => json(envelope).replaceAll("+", "-").replaceAll("/", "_") },
  {
    say: "percent-encoded in lower case",
    of: (envelope) => encodeEnvelope(envelope).replace(/%../g, (code) => code.toLowerCase()),
  },
  {
    say: "every character percent-encoded",
    of: (envelope) => Array.from(json(envelope), (c) => `%${c.charCodeAt(0).toString(16)}`).join(""),
  },
];

const reading: Group = {
  name: "envelope",
  cases: [
    {
      name: "the tricky example has every reserved character",
      run: () =>
        equal(
          ["+", "/", "="].filter((c) => !json(TRICKY).includes(c)),
          [],
        ),
    },
    ...table(
      encodings,
      ({ say }) => `it is read: ${say}`,
      ({ of }) => equal(allowed(decode(of(TRICKY))), TRICKY),
    ),
    {
      name: "ours has only characters that no URL parser touches",
      run: () => holds(/^[A-Za-z0-9%]+$/.test(encodeEnvelope(TRICKY)), encodeEnvelope(TRICKY)),
    },
    { name: "an empty one is one", run: () => equal(allowed(decode(encodeEnvelope({}))), {}) },
    {
      name: "names come back in lower case",
      run: () => equal(allowed(decode(json({ Host: "a", "USER-AGENT": "b" }))), { host: "a", "user-agent": "b" }),
    },
    {
      name: "values are Latin-1: bytes of UTF-8 pass as bytes",
      run: () => {
        const value = Array.from({ length: 128 }, (_, at) => String.fromCharCode(at + 128)).join("");
        equal(allowed(decode(encodeEnvelope({ cookie: value }))), { cookie: value });
        equal(allowed(decode(base64('{"cookie":"\u00c3\u00a9"}'))), { cookie: "\u00c3\u00a9" });
        equal(allowed(decode(base64('{"cookie":"\\u00e9"}'))), { cookie: "\u00e9" });
      },
    },
    {
      name: "every name that an original edge packs is taken, all of them at once",
      run: () => {
        const all = Object.fromEntries([...LEGACY_HEADERS].map((name) => [name, "x"]));
        equal([allowed(decode(json(all))), LEGACY_HEADERS.size], [all, 12]);
      },
    },
    {
      name: "of two members of one spelling the last counts, as in any JSON",
      run: () => equal(allowed(decode(base64('{"host":"a","host":"b"}'))), { host: "b" }),
    },
    {
      name: "what is above Latin-1 cannot be packed",
      run: () => {
        let packed = true;
        try {
          encodeEnvelope({ cookie: "\u0100" });
        } catch {
          packed = false;
        }
        equal([packed, isHeaderText("\u0100"), isHeaderText("\u00ff")], [false, false, true]);
      },
    },
  ],
};

const refusals: readonly { say: string; raw: string; reason: Reason }[] = [
  { say: "nothing", raw: "", reason: "envelope-malformed" },
  { say: "padding alone", raw: "==", reason: "envelope-malformed" },
  { say: "one character", raw: "e", reason: "envelope-malformed" },
  { say: "five characters", raw: "e30AA", reason: "envelope-malformed" },
  { say: "padding within", raw: "e3=0", reason: "envelope-malformed" },
  { say: "three signs of padding", raw: "e30===", reason: "envelope-malformed" },
  { say: "a character outside base64", raw: "e30!", reason: "envelope-malformed" },
  { say: "a dot", raw: "e30.e30", reason: "envelope-malformed" },
  { say: "a line feed", raw: "e30\n", reason: "envelope-malformed" },
  { say: "a broken percent-encoding", raw: "e30%", reason: "envelope-malformed" },
  { say: "a percent-encoding of no digits", raw: "e30%zz", reason: "envelope-malformed" },
  { say: "percent-encoding that is no UTF-8", raw: "e30%ff", reason: "envelope-malformed" },
  { say: "percent-encoding twice", raw: encodeURIComponent(encodeURIComponent("e30=")), reason: "envelope-malformed" },
  { say: "letters outside ASCII", raw: "e30\u00e9", reason: "envelope-malformed" },
  { say: "no JSON", raw: base64("host: a"), reason: "envelope-malformed" },
  { say: "JSON cut short", raw: base64('{"host":"a"'), reason: "envelope-malformed" },
  { say: "JSON and more", raw: base64('{"host":"a"}{}'), reason: "envelope-malformed" },
  { say: "null", raw: json(null), reason: "envelope-malformed" },
  { say: "a text", raw: json("host"), reason: "envelope-malformed" },
  { say: "a number", raw: json(7), reason: "envelope-malformed" },
  { say: "a list", raw: json(["host"]), reason: "envelope-malformed" },
  { say: "a value that is a number", raw: json({ host: 7 }), reason: "envelope-malformed" },
  { say: "a value that is null", raw: json({ host: null }), reason: "envelope-malformed" },
  { say: "a value that is a list", raw: json({ cookie: ["a=1"] }), reason: "envelope-malformed" },
  { say: "a value that is an object", raw: json({ host: {} }), reason: "envelope-malformed" },
  { say: "a name in two cases", raw: json({ host: "a", Host: "b" }), reason: "envelope-header" },
  {
    say: "more than 32 names",
    raw: json(Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`n${at}`, ""]))),
    reason: "envelope-too-large",
  },
  { say: "one character too long", raw: "A".repeat(MAX_ENVELOPE_LENGTH + 1), reason: "envelope-too-large" },
  {
    say: "the greatest length, of padding",
    raw: `${"=".repeat(MAX_ENVELOPE_LENGTH - 1)}x`,
    reason: "envelope-malformed",
  },
];

const forbiddenNames = [
  "content-length",
  "transfer-encoding",
  "expect",
  "x-pm-host",
  "x-pm-port",
  "x-pm-session",
  "x-forwarded-host",
  "cf-connecting-ip",
  "authorization",
  "x-auth-token",
  "upgrade-insecure-requests",
  "sec-websocket-key",
  ":authority",
  "",
  " host",
  "host ",
  "host:",
  "ho st",
  "host\r\nx",
  "host\u0000",
  "h\u00f6st",
  "__proto__",
  "constructor",
  "x".repeat(65),
];
const forbiddenCharacters = [
  "\u0000",
  "\u0001",
  "\u0008",
  "\n",
  "\u000b",
  "\u000c",
  "\r",
  "\r\nx-pm-host: 10.0.0.2",
  "\u001b",
  "\u001f",
  "\u007f",
  "\u0100",
  "\u20ac",
  "\ud83d\ude00",
  "\ud800",
];

const refusing: Group = {
  name: "envelope, refused",
  cases: [
    ...table(
      refusals,
      ({ say, reason }) => `${say}: ${reason}`,
      ({ raw, reason }) => refused(decode(raw), reason),
    ),
    ...table(
      forbiddenNames,
      (name) => `the name ${shown(name)}`,
      (name) => refused(decode(base64(escaped({ [name]: "x" }))), "envelope-header"),
    ),
    ...table(
      forbiddenCharacters,
      (text) => `the value ${shown(text)}`,
      (text) => refused(decode(base64(escaped({ cookie: `a${text}b` }))), "envelope-header"),
    ),
    {
      name: "a tab in a value may stay",
      run: () => equal(allowed(decode(json({ "user-agent": "a\tb" }))), { "user-agent": "a\tb" }),
    },
    {
      name: "a page's names are not an edge's, and the other way round",
      run: () => {
        for (const name of PAGE_HEADERS) refused(decode(json({ [name]: "x" })), "envelope-header");
        for (const name of LEGACY_HEADERS) refused(decode(json({ [name]: "x" }), PAGE_HEADERS), "envelope-header");
        equal(
          EDGE_HEADERS.filter((name) => !LEGACY_HEADERS.has(name)),
          [],
          "names that an original gateway does not know",
        );
      },
    },
    {
      name: "no secret travels in what our edge packs",
      run: () =>
        equal(
          EDGE_HEADERS.filter((name) => /cookie|authorization|token|protocol/.test(name)),
          [],
        ),
    },
    {
      name: "a page's own parameter that is no envelope is told apart",
      run: () => {
        equal(
          [parseEnvelope("true"), parseEnvelope("1"), parseEnvelope("a,b"), parseEnvelope("W10=")],
          [undefined, undefined, undefined, undefined],
        );
        equal(parseEnvelope(json({ any: "thing" })), { any: "thing" });
      },
    },
  ],
};

/** JSON with everything outside ASCII escaped, as base64 takes no more than Latin-1. */
function escaped(value: unknown): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export const envelopes: readonly Group[] = [reading, refusing];
