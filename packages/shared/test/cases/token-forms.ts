import { MAX_TOKEN_LENGTH, type Reason, toBase64Url, utf8 } from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { CLAIMS, mint, NOW, type Part, withPart } from "./mint.ts";
import { secretVerifier } from "./token-signatures.ts";

const verify = (token: string) => secretVerifier().verify(token, NOW);

/** Texts made from a good token that are no longer one. */
const forms: readonly { what: string; change: (token: string) => string }[] = [
  { what: "nothing", change: () => "" },
  { what: "dots alone", change: () => ".." },
  { what: "a trailing dot", change: (token) => `${token}.` },
  { what: "two trailing dots", change: (token) => `${token}..` },
  { what: "a leading dot", change: (token) => `.${token}` },
  { what: "a doubled dot", change: (token) => token.replace(".", "..") },
  { what: "five parts, as encrypted tokens have", change: (token) => `${token}.AAAA.AAAA` },
  { what: "two parts", change: (token) => token.slice(0, token.lastIndexOf(".")) },
  { what: "an empty header", change: (token) => withPart(token, 0, () => "") },
  { what: "an empty payload", change: (token) => withPart(token, 1, () => "") },
  { what: "an empty signature", change: (token) => withPart(token, 2, () => "") },
  { what: "a space before", change: (token) => ` ${token}` },
  { what: "a space after", change: (token) => `${token} ` },
  { what: "a line feed after", change: (token) => `${token}\n` },
  { what: "a space within", change: (token) => token.replace(".", " .") },
  { what: "a tab within", change: (token) => withPart(token, 1, (part) => `${part.slice(0, 8)}\t${part.slice(8)}`) },
  { what: "a zero byte", change: (token) => `${token}\u0000` },
  { what: "padding", change: (token) => `${token}=` },
  { what: "the plain base64 alphabet", change: (token) => withPart(token, 2, (part) => `+/${part.slice(2)}`) },
  { what: "percent-encoding", change: (token) => token.replace(".", "%2E") },
  { what: "a full-width dot", change: (token) => token.replace(".", "\uff0e") },
  { what: "a letter outside ASCII", change: (token) => withPart(token, 1, (part) => `${part.slice(0, -1)}\u00e9`) },
  { what: "quotes around", change: (token) => `"${token}"` },
  { what: "the scheme Bearer before", change: (token) => `Bearer ${token}` },
  { what: "JSON serialisation", change: (token) => JSON.stringify({ payload: token.split(".")[1], signatures: [] }) },
  { what: "a part of one character over", change: (token) => withPart(token, 2, (part) => part.slice(0, 41)) },
  { what: "bits set behind its signature", change: (token) => withPart(token, 2, looseBits) },
  {
    what: "bits set behind its payload",
    change: (token) => withPart(token, 1, () => looseBits(toBase64Url(utf8("{}")))),
  },
  { what: "another token behind a comma", change: (token) => `${token},${token}` },
];

/** The same bytes for a lenient reader: the next character differs in the unused bits only. */
function looseBits(part: string): string {
  return part.slice(0, -1) + String.fromCharCode(part.charCodeAt(part.length - 1) + 1);
}

const shape: Group = {
  name: "token form",
  cases: [
    ...table(
      forms,
      ({ what }) => `refused: ${what}`,
      async ({ change }) => refused(await verify(change(await mint())), "token-malformed"),
    ),
    {
      name: "a token of the greatest length verifies, one byte more does not",
      run: async () => {
        const room = MAX_TOKEN_LENGTH - (await mint({ ...CLAIMS, filler: "" })).length;
        const filler = "x".repeat(Math.floor((room * 3) / 4) - 2);
        const longest = await mint({ ...CLAIMS, filler });
        const header = { pad: "" };
        equal(longest.length <= MAX_TOKEN_LENGTH && longest.length > MAX_TOKEN_LENGTH - 8, true, "near the limit");
        allowed(await verify(longest));
        refused(await verify(await mint({ ...CLAIMS, filler: `${filler}xxxxxxxx` }, { header })), "token-malformed");
      },
    },
    {
      name: "a very long text is refused",
      run: async () => refused(await verify(`${"A".repeat(1_000_000)}.AAAA.AAAA`), "token-malformed"),
    },
  ],
};

const notUtf8 = new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]);
const overlong = new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d]);

const headers: readonly { header: Part; reason?: Reason }[] = [
  { header: "not JSON" },
  { header: "{" },
  { header: '{"alg":"HS256"} trailing' },
  { header: '\ufeff{"alg":"HS256"}' },
  { header: "{'alg':'HS256'}" },
  { header: '{"alg":"HS256",}' },
  { header: '"HS256"' },
  { header: "null" },
  { header: "7" },
  { header: ["HS256"] },
  { header: notUtf8 },
  { header: overlong },
  { header: { crit: ["exp"], exp: NOW } },
  { header: { crit: [] } },
  { header: { crit: null } },
  { header: { b64: false, crit: ["b64"] } },
  { header: { b64: false } },
  { header: { b64: true } },
  { header: '{"alg":"HS256","alg":"none"}', reason: "token-algorithm" },
  { header: '{"alg":"none","\\u0061lg":"HS255"}', reason: "token-algorithm" },
];

const payloads: readonly { payload: Part; reason: Reason }[] = [
  { payload: "not JSON", reason: "token-malformed" },
  { payload: "null", reason: "token-malformed" },
  { payload: '"text"', reason: "token-malformed" },
  { payload: "42", reason: "token-malformed" },
  { payload: [], reason: "token-malformed" },
  { payload: [CLAIMS], reason: "token-malformed" },
  { payload: notUtf8, reason: "token-malformed" },
  { payload: overlong, reason: "token-malformed" },
  { payload: `\ufeff${JSON.stringify(CLAIMS)}`, reason: "token-malformed" },
  { payload: `${JSON.stringify(CLAIMS)}{}`, reason: "token-malformed" },
  { payload: '{"ip":"10.0.0.1","exp":NaN}', reason: "token-malformed" },
  { payload: '{"ip":"10.0.0.1","exp":Infinity}', reason: "token-malformed" },
  { payload: '{"ip":"10.0.0.1","exp":0x7fffffff}', reason: "token-malformed" },
  { payload: '{"ip":"10.0.0.1","exp":1e999}', reason: "token-claim" },
  { payload: '{"ip":"10.0.0.1","exp":-1e999}', reason: "token-claim" },
  { payload: "{}", reason: "token-claim" },
  { payload: { ...CLAIMS, ip: ["10.0.0.1"] }, reason: "token-claim" },
  { payload: '{"__proto__":{"ip":"10.0.0.1","exp":1900000000}}', reason: "token-claim" },
  { payload: '{"ip":"10.0.0.1","__proto__":{"exp":1900000000}}', reason: "token-claim" },
  { payload: '{"ip":"10.0.0.1","exp":1900000000,"exp":1}', reason: "token-expired" },
];

const contents: Group = {
  name: "token content",
  cases: [
    ...table(
      headers,
      ({ header, reason }) => `header ${shown(header)} is refused${reason ? ` (${reason})` : ""}`,
      async ({ header, reason }) => refused(await verify(await mint(CLAIMS, { header })), reason ?? "token-malformed"),
    ),
    ...table(
      payloads,
      ({ payload, reason }) => `payload ${shown(payload)} is refused (${reason})`,
      async ({ payload, reason }) => refused(await verify(await mint(payload)), reason),
    ),
    {
      name: "of duplicate members the last counts, as RFC 7519 (4) has it, however they are spelt",
      run: async () => {
        const payload = `{"ip":"10.0.0.9","exp":1,"\\u0069p":"10.0.0.1","exp":${CLAIMS.exp}}`;
        equal(allowed(await verify(await mint(payload))).claims, CLAIMS);
      },
    },
    {
      name: "junk nested a thousand deep in an unknown claim is ignored",
      run: async () => {
        const payload = `{"ip":"10.0.0.1","exp":${CLAIMS.exp},"junk":${"[".repeat(1000)}${"]".repeat(1000)}}`;
        equal(allowed(await verify(await mint(payload))).claims, CLAIMS);
      },
    },
    {
      name: "white space and other members around the claims are ignored",
      run: async () => {
        const payload = ` {\n"exp" : ${CLAIMS.exp} , "ip":"10.0.0.1", "constructor":1, "toString":"x" }\r\n`;
        equal(allowed(await verify(await mint(payload))).claims, CLAIMS);
      },
    },
  ],
};

export const tokenForms: readonly Group[] = [shape, contents];
