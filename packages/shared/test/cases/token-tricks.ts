import { createTokenVerifier, joinKeySets, readJwkSet, secretKeySet, utf8 } from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { equal, refused } from "./check.ts";
import { CLAIMS, hmac, makePair, mint, NOW, SECRET, withPart } from "./mint.ts";
import { secretVerifier, setOf } from "./token-signatures.ts";

const noneSpellings = ["none", "None", "NONE", "nOnE", " none", ""];
const foreignAlgorithms = ["hs256", "HS255", "RS512", "PS256", "ES384", "Ed25519", "A128KW", "dir"];
const oddAlgorithms = [null, 256, true, ["HS256"], { alg: "HS256" }];
const oddKeyIds = [
  "../../etc/passwd",
  "'; DROP TABLE keys; --",
  "__proto__",
  "constructor",
  "",
  "\u0000",
  "x".repeat(2000),
];

export const tokenTricks: Group = {
  name: "token algorithm and key tricks",
  cases: [
    ...table(
      [...noneSpellings, ...foreignAlgorithms, ...oddAlgorithms],
      (alg) => `alg ${shown(alg)} is refused, though HMAC-signed with the right secret`,
      async (alg) =>
        refused(await secretVerifier().verify(await mint(CLAIMS, { header: { alg } }), NOW), "token-algorithm"),
    ),
    {
      name: "no alg at all is refused",
      run: async () =>
        refused(await secretVerifier().verify(await mint(CLAIMS, { header: "{}" }), NOW), "token-algorithm"),
    },
    {
      name: "alg none without a signature is refused",
      run: async () => {
        const token = withPart(await mint(CLAIMS, { header: { alg: "none" } }), 2, () => "");
        refused(await secretVerifier().verify(token, NOW), "token-malformed");
      },
    },
    ...table(
      ["SubjectPublicKeyInfo", "PEM", "JWK"] as const,
      (form) => `an RSA public key's ${form} is no HMAC secret`,
      async (form) => {
        const pair = await makePair("RS256", "rsa");
        const keys = joinKeySets([secretKeySet([SECRET]), setOf(pair)]);
        const forged = await mint(CLAIMS, { signer: hmac(await publicKeyAs(form, pair.jwk)), header: { kid: "rsa" } });
        const strict = createTokenVerifier({ keys, algorithms: ["RS256"] });
        refused(await strict.verify(forged, NOW), "token-algorithm");
        const both = createTokenVerifier({ keys, algorithms: ["RS256", "HS256"] });
        refused(await both.verify(forged, NOW), "token-signature");
        const withoutSecret = createTokenVerifier({ keys: setOf(pair), algorithms: ["RS256", "HS256"] });
        refused(await withoutSecret.verify(forged, NOW), "token-key-unknown");
      },
    ),
    ...table(
      oddKeyIds,
      (kid) => `key id ${shown(kid)} finds no key`,
      async (kid) => {
        const pair = await makePair("EdDSA", "real");
        const verifier = createTokenVerifier({ keys: setOf(pair), algorithms: ["EdDSA"] });
        refused(await verifier.verify(await mint(CLAIMS, { signer: pair, header: { kid } }), NOW), "token-key-unknown");
      },
    ),
    ...table(
      [1, null, ["real"], { real: true }, false],
      (kid) => `key id ${shown(kid)} is no text and is refused`,
      async (kid) =>
        refused(await secretVerifier().verify(await mint(CLAIMS, { header: { kid } }), NOW), "token-malformed"),
    ),
    {
      name: "a key or an address of keys that the token brings along is not looked at",
      run: async () => {
        const [ours, theirs] = [await makePair("ES256", "ours"), await makePair("ES256", "ours")];
        const verifier = createTokenVerifier({ keys: setOf(ours), algorithms: ["ES256"] });
        const header = {
          kid: "ours",
          jwk: theirs.jwk,
          jku: "https://evil.example/jwks",
          x5u: "https://evil.example/x5u",
        };
        refused(await verifier.verify(await mint(CLAIMS, { signer: theirs, header }), NOW), "token-signature");
      },
    },
    {
      name: "a set that readJwkSet read holds public keys only",
      run: async () => {
        const [key] = await readJwkSet({ keys: [(await makePair("ES256", "one")).jwk] });
        equal([key?.key.type, key?.key.usages, key?.alg, key?.kid], ["public", ["verify"], "ES256", "one"]);
      },
    },
  ],
};

async function publicKeyAs(
  form: "SubjectPublicKeyInfo" | "PEM" | "JWK",
  jwk: JsonWebKey,
): Promise<Uint8Array<ArrayBuffer>> {
  if (form === "JWK") return utf8(JSON.stringify(jwk));
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, true, ["verify"]);
  const spki = new Uint8Array((await crypto.subtle.exportKey("spki", key)) as ArrayBuffer);
  if (form === "SubjectPublicKeyInfo") return spki;
  const lines = btoa(String.fromCharCode(...spki)).match(/.{1,64}/g) ?? [];
  return utf8(`-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`);
}
