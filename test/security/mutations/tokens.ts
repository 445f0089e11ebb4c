import { type Mutation, SHARED } from "./mutation.ts";

const TOKENS = ["--project", "system", "test/security/tokens"];
const SHARED_CASES = ["--project", "unit", "packages/shared"];

/** What a signed token is good for. */
export const tokens: readonly Mutation[] = [
  {
    protection: "signatures are verified",
    file: `${SHARED}/token/verify.ts`,
    from: 'if (error instanceof errors.JWSSignatureVerificationFailed) return deny("token-signature");',
    to: 'if (error instanceof errors.JWSSignatureVerificationFailed) return allow(decodeBase64Url(token.split(".")[1] ?? ""));',
    tests: TOKENS,
  },
  {
    protection: "algorithms are the configuration's, not the token's",
    file: `${SHARED}/token/verify.ts`,
    from: " || !algorithms.includes(alg)) return",
    to: ") return",
    tests: SHARED_CASES,
  },
  {
    protection: "critical and unencoded headers are refused",
    file: `${SHARED}/token/verify.ts`,
    from: "if (!header || header.crit !== undefined || header.b64 !== undefined)",
    to: "if (!header)",
    tests: TOKENS,
  },
  {
    protection: "a token has one spelling",
    file: `${SHARED}/token/compact.ts`,
    from: "parts.every((part) => PART.test(part))",
    to: "parts.every((part) => part !== undefined)",
    tests: TOKENS,
  },
  {
    protection: "tokens expire",
    file: `${SHARED}/token/claims.ts`,
    from: "if (!(now < claims.exp))",
    to: "if (claims.exp < 0)",
    tests: TOKENS,
  },
  {
    protection: "claims have their types",
    file: `${SHARED}/token/claims.ts`,
    from: 'if (!check(value)) return deny("token-claim", name);',
    to: "check(value);",
    tests: TOKENS,
  },
  {
    protection: "an address has one spelling",
    file: `${SHARED}/target/address.ts`,
    from: "if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part)",
    to: "if (!/^[0-9]+$/.test(part)",
    tests: SHARED_CASES,
  },
  {
    protection: "special networks open by name only",
    file: `${SHARED}/target/target.ts`,
    from: "special.every((one) => networkCovers(one, entry))",
    to: "special.every(() => true)",
    tests: SHARED_CASES,
  },
  {
    protection: "an edge's statement grows old",
    file: `${SHARED}/wire/assertion.ts`,
    from: "age <= ASSERTION_LIFE + ASSERTION_LEEWAY;",
    to: "age <= 1e9;",
    tests: SHARED_CASES,
  },
  {
    protection: "an envelope holds the headers that it may",
    file: `${SHARED}/wire/envelope.ts`,
    from: " || !allowed.has(name)",
    to: "",
    tests: SHARED_CASES,
  },
  {
    protection: "an envelope holds no control characters",
    file: `${SHARED}/wire/envelope.ts`,
    from: "!allowed.has(name) || FORBIDDEN_IN_VALUE.test(value)",
    to: "!allowed.has(name)",
    tests: SHARED_CASES,
  },
];
