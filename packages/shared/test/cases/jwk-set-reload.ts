import {
  createTokenVerifier,
  type JwkSetOptions,
  joinKeySets,
  jwkKeySet,
  secretId,
  secretKeySet,
} from "@sallyport/shared";
import type { Group } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";
import { CLAIMS, hmac, makePair, mint, NOW, type Pair, SECRET } from "./mint.ts";

/** A JWK set under test: what it serves, its clock, and how often it was read. */
interface Served {
  pairs: readonly Pair[];
  time: number;
  loads: number;
  fault?: Error;
  readonly errors: unknown[];
  accepts(pair: Pair): Promise<string>;
  readonly keys: ReturnType<typeof jwkKeySet>;
}

function serve(pairs: readonly Pair[], options: Partial<JwkSetOptions> = {}): Served {
  const errors: unknown[] = [];
  const keys = jwkKeySet({
    load: async () => {
      served.loads += 1;
      if (served.fault) throw served.fault;
      return { keys: served.pairs.map((pair) => pair.jwk) };
    },
    clock: () => served.time,
    onError: (error) => errors.push(error),
    maxAge: 600_000,
    minAge: 30_000,
    ...options,
  });
  const verifier = createTokenVerifier({ keys, algorithms: ["EdDSA", "HS256"] });
  const served: Served = {
    pairs,
    time: 1_000_000,
    loads: 0,
    errors,
    keys,
    async accepts(pair) {
      const token = await mint(CLAIMS, { signer: pair, header: { kid: pair.jwk.kid } });
      const result = await verifier.verify(token, NOW);
      return result.ok ? "allowed" : result.reason;
    },
  };
  return served;
}

const three = async () =>
  [await makePair("EdDSA", "a"), await makePair("EdDSA", "b"), await makePair("EdDSA", "c")] as const;

export const jwkSetReloads: Group = {
  name: "JWK set, read anew",
  cases: [
    {
      name: "it is read at first use and then kept",
      run: async () => {
        const [a] = await three();
        const set = serve([a]);
        equal(set.loads, 0, "loads before the first use");
        equal([await set.accepts(a), await set.accepts(a), set.loads], ["allowed", "allowed", 1]);
      },
    },
    {
      name: "an unknown key id reads it anew, but not too often",
      run: async () => {
        const [a, b, c] = await three();
        const set = serve([a]);
        await set.accepts(a);
        equal([await set.accepts(b), set.loads], ["token-key-unknown", 1], "at once");
        set.time += 30_001;
        equal([await set.accepts(b), set.loads], ["token-key-unknown", 2], "after a while");
        equal(
          [await set.accepts(b), await set.accepts(c), set.loads],
          ["token-key-unknown", "token-key-unknown", 2],
          "more of them",
        );
      },
    },
    {
      name: "keys rotate with overlap: old and new verify, then only the new",
      run: async () => {
        const [a, b] = await three();
        const set = serve([a]);
        equal(await set.accepts(a), "allowed");
        set.pairs = [a, b];
        set.time += 30_001;
        equal([await set.accepts(b), await set.accepts(a)], ["allowed", "allowed"], "overlap");
        set.pairs = [b];
        set.time += 600_001;
        equal([await set.accepts(b), await set.accepts(a)], ["allowed", "token-key-unknown"], "afterwards");
      },
    },
    {
      name: "an old set is read anew though every key is known",
      run: async () => {
        const [a] = await three();
        const set = serve([a]);
        await set.accepts(a);
        set.time += 600_001;
        await set.keys.keysFor({ alg: "EdDSA", kid: "a" });
        equal(set.loads, 2, "loads");
      },
    },
    {
      name: "a set that cannot be read leaves the last good one in force and says so",
      run: async () => {
        const [a, b] = await three();
        const set = serve([a]);
        await set.accepts(a);
        set.fault = new Error("no route");
        set.time += 600_001;
        equal([await set.accepts(a), set.errors.length], ["allowed", 1]);
        delete set.fault;
        set.pairs = [b];
        set.time += 30_001;
        equal([await set.accepts(b), await set.accepts(a)], ["allowed", "token-key-unknown"], "recovered");
      },
    },
    {
      name: "a set with a private key in it is not taken over",
      run: async () => {
        const [a, b] = await three();
        const set = serve([a]);
        await set.accepts(a);
        set.pairs = [{ ...b, jwk: b.privateJwk }];
        set.time += 600_001;
        equal([await set.accepts(a), await set.accepts(b), set.errors.length], ["allowed", "token-key-unknown", 1]);
      },
    },
    {
      name: "a fault at the very first read is tried again only after a while",
      run: async () => {
        const [a] = await three();
        const set = serve([a]);
        set.fault = new Error("no route");
        equal([await set.accepts(a), await set.accepts(a), set.loads], ["token-key-unknown", "token-key-unknown", 1]);
        delete set.fault;
        set.time += 30_001;
        equal([await set.accepts(a), set.loads], ["allowed", 2]);
      },
    },
    {
      name: "those who come while it is read for the first time wait for it",
      run: async () => {
        const [a] = await three();
        const answer = Promise.withResolvers<unknown>();
        const set = serve([], { load: () => answer.promise });
        const found = [1, 2, 3].map(async () => (await set.keys.keysFor({ alg: "EdDSA", kid: "a" })).length);
        answer.resolve({ keys: [a.jwk] });
        equal(await Promise.all(found), [1, 1, 1], "keys found");
      },
    },
    {
      name: "those who come with a new key id while it is read anew wait, those with a known one do not",
      run: async () => {
        const [a, b] = await three();
        const answer = Promise.withResolvers<unknown>();
        const answers: Promise<unknown>[] = [Promise.resolve({ keys: [a.jwk] }), answer.promise];
        const set = serve([], { load: () => answers.shift() ?? Promise.reject(new Error("read once too often")) });
        equal(await set.accepts(a), "allowed");
        set.time += 30_001;
        const waiting = [set.keys.keysFor({ alg: "EdDSA", kid: "b" }), set.keys.keysFor({ alg: "EdDSA", kid: "b" })];
        equal((await set.keys.keysFor({ alg: "EdDSA", kid: "a" })).length, 1, "known");
        answer.resolve({ keys: [a.jwk, b.jwk] });
        equal(
          (await Promise.all(waiting)).map((keys) => keys.length),
          [1, 1],
          "new",
        );
        equal(set.errors, [], "errors");
      },
    },
    {
      name: "a read that never ends holds nobody up where loads are not joined",
      run: async () => {
        const [a] = await three();
        const loads: Promise<unknown>[] = [Promise.withResolvers<never>().promise];
        const set = serve([], { load: () => loads.shift() ?? Promise.resolve({ keys: [a.jwk] }), joinLoads: false });
        void set.keys.keysFor({ alg: "EdDSA", kid: "a" });
        equal([loads.length, await set.accepts(a)], [0, "allowed"]);
      },
    },
    {
      name: "a token with a shared secret never makes it read",
      run: async () => {
        const [a] = await three();
        const set = serve([a]);
        const keys = joinKeySets([secretKeySet([SECRET]), set.keys]);
        const verifier = createTokenVerifier({ keys, algorithms: ["HS256", "EdDSA"] });
        allowed(await verifier.verify(await mint(CLAIMS, { signer: hmac() }), NOW));
        refused(await verifier.verify(await mint(CLAIMS, { signer: hmac("other") }), NOW), "token-signature");
        equal(set.loads, 0, "loads");
        allowed(await verifier.verify(await mint(CLAIMS, { signer: a, header: { kid: "a" } }), NOW));
        equal(set.loads, 1, "loads");
      },
    },
    {
      name: "keys keep their names when they are read anew, and those in force can be told",
      run: async () => {
        const [a, b] = await three();
        const set = serve([a, b]);
        const keys = joinKeySets([secretKeySet([SECRET]), set.keys]);
        await set.keys.reload();
        const [idOfA] = (await set.keys.keysFor({ alg: "EdDSA", kid: "a" })).map(({ id }) => id);
        const before = await keys.ids();
        set.pairs = [a];
        await set.keys.reload();
        const after = await keys.ids();
        equal([before.size, after.size, after.has(idOfA ?? ""), before.has(idOfA ?? "")], [3, 2, true, true]);
        equal([...after].includes(await secretId(SECRET)), true, "the secret's");
      },
    },
  ],
};
