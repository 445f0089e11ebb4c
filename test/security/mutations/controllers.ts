import { GATEWAY, type Mutation } from "./mutation.ts";

const TRUST = ["--project", "system", "test/integration/relay/trust.test.ts"];

/** Which controller it is that is spoken to. */
export const controllers: readonly Mutation[] = [
  {
    protection: "the list is asked again when an address is dialled",
    file: `${GATEWAY}/pools/dial.ts`,
    from: "if (!allowed(address))",
    to: "if (address === undefined)",
    tests: ["--project", "unit", "packages/gateway/test/pools"],
  },
  {
    protection: "a handshake's answer is proven",
    file: `${GATEWAY}/relay/upgrade.ts`,
    from: 'if (joined(headers, "sec-websocket-accept") !== acceptKey(key)) return "accept-key";',
    to: "",
    tests: ["--project", "system", "test/integration/relay/controllers.test.ts"],
  },
  {
    protection: "a controller's key is the pinned one",
    file: `${GATEWAY}/pools/dial.ts`,
    from: "if (!resumed && !isPinned(socket, upstream.trust)) {",
    to: "if (socket.destroyed) {",
    tests: TRUST,
  },
  {
    protection: "what a CA vouched for is looked at with each resumption",
    file: `${GATEWAY}/pools/dial.ts`,
    from: "lean && !resumed ?",
    to: "!resumed ?",
    tests: ["--project", "unit", "packages/gateway/test/pools/dial.test.ts"],
  },
];
