import { GATEWAY, type Mutation, WEB } from "./mutation.ts";

const HTTP = ["--project", "system", "test/conformance/http/gateway.test.ts"];
const TURNS = ["--project", "system", "test/security/turns.test.ts"];
const POOL = ["--project", "unit", "packages/gateway/test/pools/http/client.test.ts"];
const SLOW = ["--project", "system", "test/security/slow-clients.test.ts"];

/** What clients may send, and how slowly. */
export const requests: readonly Mutation[] = [
  {
    protection: "a client that went takes no console",
    file: `${GATEWAY}/entrypoints/web/upgrade.ts`,
    from: "  if (socket.destroyed) gone();",
    to: "",
    tests: ["--project", "system", "test/integration/relay/departed.test.ts"],
  },
  {
    protection: "a client that went takes no connection",
    file: `${GATEWAY}/entrypoints/web/http.ts`,
    from: "  if (response.destroyed) return void account();",
    to: "",
    tests: ["--project", "system", "test/integration/relay/departed.test.ts"],
  },
  {
    protection: "headers that route stand once",
    file: `${WEB}/single-headers.ts`,
    from: "if (this.has(name)) return false;",
    to: "",
    tests: HTTP,
  },
  {
    protection: "framing has one reading",
    file: `${WEB}/read.ts`,
    from: 'return fault === undefined ? head : deny("request-form", fault);',
    to: "return fault === undefined ? head : head;",
    tests: HTTP,
  },
  {
    protection: "a head has no more headers than a browser's",
    file: `${WEB}/head.ts`,
    from: 'if (raw.length > 2 * MAX_HEADERS) return deny("envelope-too-large", "headers");',
    to: "",
    tests: HTTP,
  },
  {
    protection: "targets are in origin form",
    file: `${WEB}/read.ts`,
    from: 'if (!message.url?.startsWith("/")) return deny("request-form", "target");',
    to: "",
    tests: HTTP,
  },
  {
    protection: "nothing is answered out of turn",
    file: `${WEB}/turns.ts`,
    from: "return more.length === 0 && !first.req.complete && !first.headersSent;",
    to: "return more.length >= 0;",
    tests: TURNS,
  },
  {
    protection: "a controller's connection is let go of where its answer to an upgrade cannot be passed on",
    file: `${GATEWAY}/relay/upgrade.ts`,
    from: "    socket.destroy();\n    throw upstreamFault(error);",
    to: "    throw upstreamFault(error);",
    tests: TURNS,
  },
  {
    protection: "silent handshakes are hung up on",
    file: `${WEB}/server.ts`,
    from: "    socket.destroy();\n    parts.log.debug(",
    to: "    parts.log.debug(",
    tests: SLOW,
  },
  {
    protection: "bodies that trickle end",
    file: `${GATEWAY}/relay/request-body.ts`,
    from: "if (this.#since < LEAST && !this.#message.isPaused())",
    to: "if (this.#since < 0)",
    tests: SLOW,
  },
  {
    protection: "heads that trickle end",
    file: `${WEB}/server.ts`,
    from: "    headersTimeout: headMs,\n",
    to: "",
    tests: SLOW,
  },
  {
    protection: "who is late is told so",
    file: `${WEB}/server.ts`,
    from: '  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",\n',
    to: "",
    tests: SLOW,
  },
  {
    protection: "one session has its share of connections",
    file: `${GATEWAY}/limits/sessions.ts`,
    from: "return live < MAX_LIVE ?",
    to: "return live >= 0 || live < MAX_LIVE ?",
    tests: SLOW,
  },
  {
    protection: "a client that takes nothing of an answer keeps no connection that others wait for",
    file: `${GATEWAY}/pools/http/client.ts`,
    from: "if (wanted > 0 && connection.giveWay(now)) wanted -= 1;",
    to: "wanted -= 1;",
    tests: [...SLOW, "-t", "takes nothing of an answer"],
  },
  {
    protection: "a client that takes nothing of an answer may have it where nobody waits",
    file: `${GATEWAY}/pools/http/client.ts`,
    from: "if (wanted > 0 && connection.giveWay(now)) wanted -= 1;",
    to: "if (connection.giveWay(now)) wanted -= 1;",
    tests: [...POOL, "-t", "nobody waits"],
  },
];
