import { GATEWAY, type Mutation, SHARED } from "./mutation.ts";

const ADMISSION = ["--project", "system", "test/integration/admission"];
const OFFENDERS = ["--project", "system", "test/security/offenders.test.ts"];
const ENTRIES = ["--project", "system", "test/security/entries.test.ts"];

/** Who gets in, how often, and who is held off. */
export const admission: readonly Mutation[] = [
  {
    protection: "targets are in the operator's list",
    file: `${GATEWAY}/policy/targets.ts`,
    from: "return isAllowedTarget(target.value.target.address, rules.networks) ?",
    to: "return rules.networks.length >= 0 || isAllowedTarget(target.value.target.address, rules.networks) ?",
    tests: ADMISSION,
  },
  {
    protection: "what the request says of its target agrees with the token",
    file: `${SHARED}/target/target.ts`,
    from: 'if (wanted.address !== claims.ip) return deny("target-address");',
    to: "",
    tests: ADMISSION,
  },
  {
    protection: "the token's host is where the caller sees us",
    file: `${GATEWAY}/admission/admit.ts`,
    from: "  if (!placed.ok) return placed;\n\n  const { publicOrigin }",
    to: "  const { publicOrigin }",
    tests: ADMISSION,
  },
  {
    protection: "other sites' pages are refused at the gateway",
    file: `${GATEWAY}/admission/admit.ts`,
    from: "if (!origin.ok) return origin;",
    to: "",
    tests: ADMISSION,
  },
  {
    protection: "two session cookies are none",
    file: `${GATEWAY}/admission/admit.ts`,
    from: 'if (tokens.length > 1) return deny("token-duplicate");',
    to: "",
    tests: ADMISSION,
  },
  {
    protection: "an edge's statement is good once",
    file: `${GATEWAY}/identity/edge.ts`,
    from: "if (this.#young.has(nonce) || this.#old.has(nonce)) return false;",
    to: "",
    tests: ADMISSION,
  },
  {
    protection: "an edge's statement that changes anything is good once over all gateways",
    file: `${GATEWAY}/identity/edge.ts`,
    from: "return used.ok ? verified : used;",
    to: "return used.ok ? verified : verified;",
    tests: ["--project", "system", "test/security/replays.test.ts"],
  },
  {
    protection: "an edge's statement is about this request",
    file: `${GATEWAY}/identity/edge.ts`,
    from: 'if (wrong !== undefined) return deny("edge-mismatch", wrong);',
    to: "",
    tests: ADMISSION,
  },
  {
    protection: "clients that show bad tokens are held off",
    file: `${GATEWAY}/admission/blame.ts`,
    from: ': deny("client-limited");',
    to: ": allow(true);",
    tests: OFFENDERS,
  },
  {
    protection: "one client opens no more sessions than its share",
    file: `${GATEWAY}/admission/join.ts`,
    from: "  if (!entry.ok) return entry;\n",
    to: "",
    tests: ENTRIES,
  },
  {
    protection: "one client uses up no more links than its share",
    file: `${GATEWAY}/admission/admit.ts`,
    from: "    if (!entry.ok) return entry;\n",
    to: "",
    tests: ENTRIES,
  },
  {
    protection: "a client that has a whole network is one client",
    file: `${GATEWAY}/limits/client-key.ts`,
    from: "if (parsed?.family !== 6)",
    to: "if (parsed !== undefined)",
    tests: ["--project", "unit", "packages/gateway/test/limits"],
  },
  {
    protection: "who proves nothing names no offender",
    file: `${GATEWAY}/admission/blame.ts`,
    from: "return edgeProven ?",
    to: "return edgeProven !== undefined ?",
    tests: OFFENDERS,
  },
];
