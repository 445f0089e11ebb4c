import { readJwkSet, secretKeySet } from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { equal, fails, holds } from "./check.ts";
import { makePair, SECRET } from "./mint.ts";

/** A public RSA key of 1,024 bits; its private half was thrown away. */
const SHORT_RSA = {
  kty: "RSA",
  e: "AQAB",
  n: "o4j1qEzLYwOBpn7qpWql_RLmEVAPucMgyozHDt2wWiG4GUA_8AW139X0hLFrw49I9PxV-J2FiAUwGUXTFKxwcPkaR0ZHuNaNoTZEiQyKFldgCMAt_-XDAk0p09essdpRfnaOz3TEq_8Qml-nMJ178EP4aidgZGId8e-EiSinLss",
};

const secp384 = { kty: "EC", crv: "P-384", x: "A".repeat(64), y: "A".repeat(64) };
const x25519 = { kty: "OKP", crv: "X25519", x: "A".repeat(43) };

/** Sets that `readJwkSet` refuses; `say` is what the message must speak of. */
const refusals: readonly { what: string; say: string; set: () => unknown }[] = [
  { what: "nothing", say: "non-empty list", set: () => undefined },
  { what: "null", say: "non-empty list", set: () => null },
  { what: "a list", say: "non-empty list", set: () => [] },
  { what: "no keys", say: "non-empty list", set: () => ({ keys: [] }) },
  { what: "keys that are no list", say: "non-empty list", set: () => ({ keys: { 0: x25519 } }) },
  { what: "a key that is null", say: "no object", set: () => ({ keys: [null] }) },
  { what: "a key that is a text", say: "no object", set: () => ({ keys: ["AAAA"] }) },
  { what: "a private key", say: "private", set: async () => ({ keys: [(await makePair("ES256", "k")).privateJwk] }) },
  { what: "a private RSA key", say: "private", set: async () => ({ keys: [(await makePair("RS256")).privateJwk] }) },
  {
    what: "a private key for encryption beside a good one",
    say: "private",
    set: async () => ({
      keys: [(await makePair("ES256", "a")).jwk, { ...(await makePair("ES256", "b")).privateJwk, use: "enc" }],
    }),
  },
  { what: "a shared secret", say: "shared secret", set: () => ({ keys: [{ kty: "oct", k: "c2VjcmV0", kid: "s" }] }) },
  { what: "a short RSA key", say: "2048", set: () => ({ keys: [SHORT_RSA] }) },
  { what: "only keys of other kinds", say: "no key", set: () => ({ keys: [secp384, x25519] }) },
  {
    what: "only keys for encryption",
    say: "no key",
    set: async () => ({ keys: [{ ...(await makePair("RS256")).jwk, use: "enc" }] }),
  },
  {
    what: "a key of another algorithm",
    say: "no key",
    set: async () => ({ keys: [{ ...(await makePair("RS256")).jwk, alg: "PS256" }] }),
  },
  {
    what: "a broken key",
    say: "cannot be read",
    set: () => ({ keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA", kid: "b" }] }),
  },
  {
    what: "two keys under one key id",
    say: "share",
    set: async () => ({ keys: [(await makePair("EdDSA", "k")).jwk, (await makePair("ES256", "k")).jwk] }),
  },
  {
    what: "two keys without a key id",
    say: "share",
    set: async () => ({ keys: [(await makePair("EdDSA")).jwk, (await makePair("ES256")).jwk] }),
  },
];

export const jwkSets: Group = {
  name: "JWK set",
  cases: [
    ...table(
      refusals,
      ({ what }) => `refused: ${what}`,
      async ({ set, say }) => {
        const value = await set();
        const message = await fails(() => readJwkSet(value), "KeyError");
        holds(message.includes(say), `the message "${message}" does not say "${say}"`);
        const secret = JSON.stringify(value ?? null).match(/"(?:d|k)":"([^"]+)"/)?.[1];
        holds(secret === undefined || !message.includes(secret), "the message holds the secret");
      },
    ),
    {
      name: "keys of other kinds, and for encryption, are left out",
      run: async () => {
        const good = await makePair("EdDSA", "good");
        const other = { ...(await makePair("RS256", "other")).jwk, use: "enc" };
        const keys = await readJwkSet({ keys: [secp384, other, { ...good.jwk, use: "sig", alg: "Ed25519" }, x25519] });
        equal(
          keys.map(({ kid, alg }) => ({ kid, alg })),
          [{ kid: "good", alg: "EdDSA" }],
        );
      },
    },
    {
      name: "an empty shared secret is refused",
      run: async () => void (await fails(() => secretKeySet([SECRET, ""]), "TypeError")),
    },
  ],
};
