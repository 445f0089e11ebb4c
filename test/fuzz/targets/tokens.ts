import { createTokenVerifier, secretKeySet } from "@sallyport/shared";
import { CLAIMS, hmac, mint, NOW, SECRET } from "../../../packages/shared/test/cases/mint.ts";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const good = await mint();
const verifier = createTokenVerifier({ keys: secretKeySet([SECRET]), algorithms: ["HS256"] });

/** Tokens that were tampered with: none is taken but the one that was signed. */
export const tokens: Target = {
  name: "tokens",
  seeds: [good, good.replace(/\.[^.]*$/, "."), "a.b.c", "..", ""],
  dictionary: [".", "..", "e30", "=", "-", "_", "A", "eyJhbGciOiJub25lIn0", good.split(".")[2] ?? ""],
  async run(token) {
    const outcome = await verifier.verify(token, NOW);
    holds(!outcome.ok || token === good, "nothing else is taken");
    return outcome.ok ? "taken" : `${outcome.reason} ${outcome.detail ?? ""}`;
  },
};

/** Headers and payloads of any kind under a good signature: what is taken says what a token must. */
export const claims: Target = {
  name: "claims",
  seeds: [
    JSON.stringify(CLAIMS),
    JSON.stringify({ ...CLAIMS, port: 443, ports: [443], host: "a.b", spki: "x" }),
    "null",
    "[]",
  ],
  dictionary: [
    '"exp":',
    '"ip":',
    '"nbf":',
    '"port":',
    '"10.0.0.1"',
    "1e400",
    "9999999999",
    "-1",
    "null",
    "{",
    "}",
    "[",
    "]",
    ",",
    '"',
    "\\u0000",
    "__proto__",
    "\xef\xbb\xbf",
  ],
  async run(payload) {
    const token = await mint(Uint8Array.from(Buffer.from(payload, "latin1")), { signer: hmac() });
    const outcome = await verifier.verify(token, NOW);
    if (!outcome.ok) return `${outcome.reason} ${outcome.detail ?? ""}`;
    const { exp, ip, port } = outcome.value.claims;
    holds(Number.isFinite(exp) && exp > NOW, "it expires, and has not");
    holds(/^[0-9a-f.:]+$/.test(ip), "it has an address");
    holds(port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536), "its port is one");
    return `taken ${Object.keys(outcome.value.claims).sort().join()}`;
  },
};
