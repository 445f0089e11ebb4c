import {
  ASSERTION_LEEWAY,
  ASSERTION_LIFE,
  type AssertedRequest,
  type Reason,
  sha256,
  signAssertion,
  toBase64Url,
  utf8,
  verifyAssertion,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, holds, refused } from "./check.ts";
import { CLAIMS, hmac, mint, NOW, OTHER_SECRET, type Part, SECRET, withPart } from "./mint.ts";

const TYPE = "sallyport-edge+jwt";

const request: AssertedRequest = {
  method: "POST",
  target: "/login?next=%2Findex&x=1",
  token: "header.payload.signature",
  address: "10.0.0.1",
  port: 443,
  publicOrigin: "https://k7.example.com",
  clientAddress: "198.51.100.7",
  sessionId: "0123456789abcdefghijkl",
};

const sign = (more: Partial<AssertedRequest> = {}, key = SECRET) => signAssertion({ ...request, ...more }, key, NOW);
const verify = (token: string, now = NOW, keys: readonly string[] = [SECRET]) => verifyAssertion(token, keys, now);

const ages: readonly { age: number; reason?: Reason }[] = [
  { age: 0 },
  { age: ASSERTION_LIFE },
  { age: ASSERTION_LIFE + ASSERTION_LEEWAY },
  { age: ASSERTION_LIFE + ASSERTION_LEEWAY + 1, reason: "edge-stale" },
  { age: 86_400, reason: "edge-stale" },
  { age: -ASSERTION_LEEWAY },
  { age: -ASSERTION_LEEWAY - 1, reason: "edge-stale" },
  { age: -86_400, reason: "edge-stale" },
  { age: Number.NaN, reason: "edge-stale" },
  { age: Number.POSITIVE_INFINITY, reason: "edge-stale" },
  { age: Number.NEGATIVE_INFINITY, reason: "edge-stale" },
];

const statement = {
  htm: "GET",
  htu: "h",
  ath: "a",
  ip: "10.0.0.1",
  port: 443,
  pub: "https://k7.example.com",
  cip: "198.51.100.7",
  sid: "s",
  jti: "j",
  iat: NOW,
};
const without = (name: string) => Object.fromEntries(Object.entries(statement).filter(([key]) => key !== name));

const statements: readonly { say: string; payload: Part }[] = [
  ...Object.keys(statement).map((name) => ({ say: `without ${name}`, payload: without(name) })),
  ...Object.keys(statement).map((name) => ({ say: `with ${name} null`, payload: { ...statement, [name]: null } })),
  { say: "with a port that is a text", payload: { ...statement, port: "443" } },
  { say: "with half a port", payload: { ...statement, port: 443.5 } },
  { say: "with a moment that is a text", payload: { ...statement, iat: String(NOW) } },
  { say: "with a moment beyond numbers", payload: JSON.stringify(statement).replace(String(NOW), "1e999") },
  { say: "that is a list", payload: [statement] },
  { say: "that is null", payload: "null" },
  { say: "that is no JSON", payload: "statement" },
];

const forms: readonly { say: string; change: (token: string) => string }[] = [
  { say: "nothing", change: () => "" },
  { say: "dots", change: () => ".." },
  { say: "no signature", change: (token) => token.slice(0, token.lastIndexOf(".") + 1) },
  {
    say: "another signature",
    change: (token) => withPart(token, 2, (part) => part.replace(/^./, (c) => (c === "A" ? "B" : "A"))),
  },
  { say: "another payload", change: (token) => withPart(token, 1, () => toBase64Url(utf8(JSON.stringify(statement)))) },
  {
    say: "another header",
    change: (token) => withPart(token, 0, () => toBase64Url(utf8(`{"typ":"${TYPE}","alg":"HS256"}`))),
  },
  { say: "a part more", change: (token) => `${token}.AAAA` },
  { say: "a space", change: (token) => `${token} ` },
  { say: "two joined by a comma", change: (token) => `${token}, ${token}` },
];

const signing: Group = {
  name: "edge assertion",
  cases: [
    {
      name: "it states the request",
      run: async () => {
        const { jti, ...rest } = allowed(await verify(await sign()));
        const expected = {
          htm: "POST",
          htu: await sha256(request.target),
          ath: await sha256(request.token),
          ip: "10.0.0.1",
          port: 443,
          pub: "https://k7.example.com",
          cip: "198.51.100.7",
          sid: "0123456789abcdefghijkl",
          iat: NOW,
        };
        equal(rest, expected);
        holds(/^[A-Za-z0-9_-]{22}$/.test(jti), `nonce ${jti}`);
      },
    },
    {
      name: "no two have one nonce",
      run: async () => {
        const nonces = await Promise.all(
          Array.from({ length: 50 }, async () => allowed(await verify(await sign())).jti),
        );
        equal(new Set(nonces).size, 50);
      },
    },
    {
      name: "query and path are told apart byte for byte",
      run: async () => {
        const hashes = await Promise.all(
          ["/a?b", "/a%3Fb", "/a?b&", "/A?b"].map(async (target) => allowed(await verify(await sign({ target }))).htu),
        );
        equal(new Set(hashes).size, 4);
      },
    },
    {
      name: "a clock between seconds is cut",
      run: async () =>
        equal(allowed(await verifyAssertion(await signAssertion(request, SECRET, NOW + 0.9), [SECRET], NOW)).iat, NOW),
    },
    {
      name: "while the key is replaced, both are taken, and no third",
      run: async () => {
        const keys = [OTHER_SECRET, SECRET];
        allowed(await verify(await sign(), NOW, keys));
        allowed(await verify(await sign({}, OTHER_SECRET), NOW, keys));
        refused(await verify(await sign({}, "a third"), NOW, keys), "edge-signature");
        refused(await verify(await sign(), NOW, []), "edge-signature");
      },
    },
    ...table(
      ages,
      ({ age, reason }) => `${age} seconds old: ${reason ?? "good"}`,
      async ({ age, reason }) => {
        const result = await verify(await sign(), NOW + age);
        if (reason) refused(result, reason);
        else allowed(result);
      },
    ),
    ...table(
      forms,
      ({ say }) => `tampered with: ${say}`,
      async ({ change }) => refused(await verify(change(await sign())), "edge-signature"),
    ),
    ...table(
      statements,
      ({ say }) => `rightly signed, ${say}`,
      async ({ payload }) => refused(await verify(await mint(payload, { header: { typ: TYPE } })), "edge-signature"),
    ),
    ...table(
      [undefined, "JWT", "sallyport-edge", "SALLYPORT-EDGE+JWT", null, [TYPE]],
      (typ) => `of type ${shown(typ)} it is none`,
      async (typ) => refused(await verify(await mint(statement, { header: { typ } })), "edge-signature"),
    ),
    ...table(
      ["none", "HS512", "ES256"],
      (alg) => `of algorithm ${alg} it is none`,
      async (alg) => refused(await verify(await mint(statement, { header: { typ: TYPE, alg } })), "edge-signature"),
    ),
    {
      name: "a session token under the same key is none, whatever it claims",
      run: async () => refused(await verify(await mint({ ...CLAIMS, ...statement })), "edge-signature"),
    },
    {
      name: "a longer hash under the same key is none",
      run: async () =>
        refused(
          await verify(await mint(statement, { signer: hmac(SECRET, "HS384"), header: { typ: TYPE } })),
          "edge-signature",
        ),
    },
  ],
};

export const assertions: Group = signing;
