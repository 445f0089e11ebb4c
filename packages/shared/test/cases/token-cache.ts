import { createTokenVerifier, type KeySet, secretKeySet } from "@sallyport/shared";
import type { Group } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { CLAIMS, mint, NOW, SECRET, withPart } from "./mint.ts";

/** A key set that counts how often it is asked: once for each signature that is computed. */
interface Counted extends KeySet {
  version: number;
  asked: number;
}

function counted(): Counted {
  const inner = secretKeySet([SECRET]);
  return {
    version: 1,
    asked: 0,
    ids: inner.ids,
    keysFor(hint) {
      this.asked += 1;
      return inner.keysFor(hint);
    },
  };
}

export const tokenCache: Group = {
  name: "tokens verified before",
  cases: [
    {
      name: "a signature is computed once",
      run: async () => {
        const keys = counted();
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256"] });
        const token = await mint();
        equal(allowed(await verifier.verify(token, NOW)), allowed(await verifier.verify(token, NOW + 1)));
        equal(keys.asked, 1, "signatures");
      },
    },
    {
      name: "what is remembered is known at once, until the keys change",
      run: async () => {
        const keys = counted();
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256"] });
        const token = await mint();
        allowed(await verifier.verify(token, NOW));
        const again = verifier.verify(token, NOW);
        equal(again instanceof Promise, false, "waits");
        allowed(await again);
        keys.version += 1;
        const anew = verifier.verify(token, NOW);
        equal(anew instanceof Promise, true, "waits");
        allowed(await anew);
        equal(keys.asked, 2, "signatures");
      },
    },
    {
      name: "expiry counts each time",
      run: async () => {
        const verifier = createTokenVerifier({ keys: counted(), algorithms: ["HS256"] });
        const token = await mint({ ...CLAIMS, exp: NOW + 10 });
        allowed(await verifier.verify(token, NOW));
        allowed(await verifier.verify(token, NOW + 9));
        refused(await verifier.verify(token, NOW + 10), "token-expired");
      },
    },
    {
      name: "a token that was too early is good later",
      run: async () => {
        const verifier = createTokenVerifier({ keys: counted(), algorithms: ["HS256"] });
        const token = await mint({ ...CLAIMS, nbf: NOW + 60 });
        refused(await verifier.verify(token, NOW), "token-not-yet-valid");
        allowed(await verifier.verify(token, NOW + 60));
      },
    },
    {
      name: "what was refused is not remembered as good",
      run: async () => {
        const verifier = createTokenVerifier({ keys: counted(), algorithms: ["HS256"] });
        const token = await mint();
        const forged = withPart(token, 2, (part) => part.replace(/^./, (first) => (first === "A" ? "B" : "A")));
        refused(await verifier.verify(forged, NOW), "token-signature");
        allowed(await verifier.verify(token, NOW));
        refused(await verifier.verify(forged, NOW), "token-signature");
      },
    },
    {
      name: "a change of keys forgets every token",
      run: async () => {
        const keys = counted();
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256"] });
        const token = await mint();
        await verifier.verify(token, NOW);
        keys.version = 2;
        await verifier.verify(token, NOW);
        equal(keys.asked, 2, "signatures");
      },
    },
    {
      name: "after five minutes the keys are asked again",
      run: async () => {
        const keys = counted();
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256"] });
        const token = await mint();
        for (const later of [0, 300, 301, 302, 602]) await verifier.verify(token, NOW + later);
        equal(keys.asked, 3, "signatures");
      },
    },
    {
      name: "a key withdrawn while its signature is computed vouches for nothing",
      run: async () => {
        const inner = secretKeySet([SECRET]);
        const other = secretKeySet(["another secret"]);
        let withdrawn = false;
        const keys: KeySet = {
          get version() {
            return withdrawn ? 2 : 1;
          },
          ids: () => (withdrawn ? other : inner).ids(),
          async keysFor(hint) {
            if (withdrawn) return other.keysFor(hint);
            const found = await inner.keysFor(hint);
            withdrawn = true;
            // Another request meanwhile: what is remembered now belongs to the new keys.
            await verifier.verify("AAAA.AAAA.AAAA", NOW);
            return found;
          },
        };
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256"] });
        const token = await mint();
        await verifier.verify(token, NOW);
        refused(await verifier.verify(token, NOW), "token-signature");
      },
    },
    {
      name: "an audience is asked for each time, and one remembered token serves one verifier only",
      run: async () => {
        const keys = counted();
        const token = await mint({ ...CLAIMS, aud: ["edge", "gateway"] });
        const outcome = async (audience: string | undefined) =>
          createTokenVerifier({ keys, algorithms: ["HS256"], audience }).verify(token, NOW);
        allowed(await outcome("edge"));
        allowed(await outcome(undefined));
        refused(await outcome("console"), "token-audience");
      },
    },
  ],
};
