import {
  type Algorithm,
  ASYMMETRIC_ALGORITHMS,
  createTokenVerifier,
  jwkKeySet,
  type KeySet,
  SYMMETRIC_ALGORITHMS,
  secretId,
  secretKeySet,
  sha256,
  type TokenVerifier,
} from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { CLAIMS, hmac, makePair, mint, NOW, OTHER_SECRET, type Pair, SECRET, withPart } from "./mint.ts";

export function secretVerifier(algorithms: readonly Algorithm[] = ["HS256"], secrets = [SECRET]): TokenVerifier {
  return createTokenVerifier({ keys: secretKeySet(secrets), algorithms });
}

export function setOf(...pairs: readonly Pair[]): KeySet {
  return jwkKeySet({ load: () => Promise.resolve({ keys: pairs.map((pair) => pair.jwk) }), clock: () => 0 });
}

/** Another character in the middle of a part: no spelling of the same bytes. */
function flip(part: string): string {
  const at = Math.floor(part.length / 2);
  return part.slice(0, at) + (part[at] === "A" ? "B" : "A") + part.slice(at + 1);
}

const flips = [
  { what: "its signature changed", change: (token: string) => withPart(token, 2, flip) },
  { what: "its signature cut", change: (token: string) => withPart(token, 2, (part) => part.slice(0, 40)) },
  {
    what: "a signature too long",
    change: (token: string) => withPart(token, 2, (part) => `${part.slice(0, 40)}AAAA${part.slice(40)}`),
  },
  { what: "a signature of one byte", change: (token: string) => withPart(token, 2, () => "AA") },
  {
    what: "another payload",
    change: (token: string) => withPart(token, 1, () => btoa('{"ip":"10.0.0.2"} ').replaceAll("=", "")),
  },
];

const secrets: Group = {
  name: "token signatures with a shared secret",
  cases: [
    ...table(
      SYMMETRIC_ALGORITHMS,
      (alg) => `${alg} verifies`,
      async (alg) => {
        const token = await mint(CLAIMS, { signer: hmac(SECRET, alg) });
        const verified = allowed(await secretVerifier([alg]).verify(token, NOW));
        equal(verified, { claims: CLAIMS, hash: await sha256(token), keyId: await secretId(SECRET) });
      },
    ),
    ...table(
      SYMMETRIC_ALGORITHMS,
      (alg) => `${alg} with the secret of another is refused`,
      async (alg) => {
        const token = await mint(CLAIMS, { signer: hmac(OTHER_SECRET, alg) });
        refused(await secretVerifier([alg]).verify(token, NOW), "token-signature");
      },
    ),
    ...table(
      flips,
      ({ what }) => `a token with ${what} is refused`,
      async ({ change }) => refused(await secretVerifier().verify(change(await mint()), NOW), "token-signature"),
    ),
    {
      name: "an algorithm that is not listed is refused, though the secret is right",
      run: async () => {
        const token = await mint(CLAIMS, { signer: hmac(SECRET, "HS512") });
        refused(await secretVerifier(["HS256", "HS384"]).verify(token, NOW), "token-algorithm");
      },
    },
    {
      name: "while a secret is replaced, tokens of both verify, and of no third",
      run: async () => {
        const verifier = secretVerifier(["HS256"], [OTHER_SECRET, SECRET]);
        allowed(await verifier.verify(await mint(CLAIMS, { signer: hmac(OTHER_SECRET) }), NOW));
        allowed(await verifier.verify(await mint(CLAIMS, { signer: hmac(SECRET) }), NOW));
        refused(await verifier.verify(await mint(CLAIMS, { signer: hmac("a third") }), NOW), "token-signature");
      },
    },
    {
      name: "a short secret verifies: whether one may be set is the configuration's business",
      run: async () => {
        const verifier = secretVerifier(["HS256"], ["changeme"]);
        allowed(await verifier.verify(await mint(CLAIMS, { signer: hmac("changeme") }), NOW));
      },
    },
    {
      name: "a key id beside a shared secret changes nothing",
      run: async () => {
        allowed(await secretVerifier().verify(await mint(CLAIMS, { header: { kid: "any", typ: "JWT" } }), NOW));
      },
    },
  ],
};

const sets: Group = {
  name: "token signatures with a JWK set",
  cases: [
    ...table(
      ASYMMETRIC_ALGORITHMS,
      (alg) => `${alg} verifies, with a key id and without`,
      async (alg) => {
        const pair = await makePair(alg, "first");
        const verifier = createTokenVerifier({ keys: setOf(pair), algorithms: [alg] });
        allowed(await verifier.verify(await mint(CLAIMS, { signer: pair, header: { kid: "first" } }), NOW));
        allowed(await verifier.verify(await mint(CLAIMS, { signer: pair }), NOW));
      },
    ),
    ...table(
      ASYMMETRIC_ALGORITHMS,
      (alg) => `${alg}: no change of a token verifies`,
      async (alg) => {
        const pair = await makePair(alg);
        const verifier = createTokenVerifier({ keys: setOf(pair), algorithms: [alg] });
        const token = await mint(CLAIMS, { signer: pair });
        for (const { change } of flips) refused(await verifier.verify(change(token), NOW), "token-signature");
      },
    ),
    {
      name: "the key id chooses the key",
      run: async () => {
        const [one, two] = [await makePair("ES256", "one"), await makePair("ES256", "two")];
        const verifier = createTokenVerifier({ keys: setOf(one, two), algorithms: ["ES256"] });
        allowed(await verifier.verify(await mint(CLAIMS, { signer: two, header: { kid: "two" } }), NOW));
        const crossed = await mint(CLAIMS, { signer: two, header: { kid: "one" } });
        refused(await verifier.verify(crossed, NOW), "token-signature");
      },
    },
    {
      name: "a key verifies no other algorithm than its own",
      run: async () => {
        const [edwards, curve] = [await makePair("EdDSA", "edwards"), await makePair("ES256", "curve")];
        const verifier = createTokenVerifier({ keys: setOf(edwards, curve), algorithms: ["EdDSA", "ES256"] });
        const token = await mint(CLAIMS, { signer: curve, header: { kid: "edwards" } });
        refused(await verifier.verify(token, NOW), "token-key-unknown");
      },
    },
    {
      name: "without a key id every key of the algorithm is tried",
      run: async () => {
        const [one, two] = [await makePair("EdDSA", "one"), await makePair("EdDSA", "two")];
        const verifier = createTokenVerifier({ keys: setOf(one, two), algorithms: ["EdDSA"] });
        allowed(await verifier.verify(await mint(CLAIMS, { signer: two }), NOW));
      },
    },
    {
      name: "an original RSA signature of a key that left the set does not verify",
      run: async () => {
        const [old, next] = [await makePair("RS256", "old"), await makePair("RS256", "next")];
        const verifier = createTokenVerifier({ keys: setOf(next), algorithms: ["RS256"] });
        const token = await mint(CLAIMS, { signer: old, header: { kid: "old" } });
        refused(await verifier.verify(token, NOW), "token-key-unknown");
      },
    },
  ],
};

export const tokenSignatures: readonly Group[] = [secrets, sets];
