/** One protection taken out of the source, and where the test is that then fails. */
export interface Mutation {
  readonly protection: string;
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** What vitest runs. */
  readonly tests: readonly string[];
}

const SHARED = "packages/shared/src";
const GATEWAY = "packages/gateway/src";
const WORKER = "packages/worker/src";
const WEB = `${GATEWAY}/entrypoints/web`;

const TOKENS = ["--project", "system", "test/security/tokens"];
const SHARED_CASES = ["--project", "unit", "packages/shared"];
const ADMISSION = ["--project", "system", "test/integration/admission"];
const HTTP = ["--project", "system", "test/conformance/http/gateway.test.ts"];
const HOSTILE = ["--project", "system", "test/security/hostile-controller.test.ts"];
const UPSTREAM = ["--project", "unit", "packages/gateway/test/pools/http"];
const BODIES = ["--project", "unit", "packages/gateway/test/relay/answer-body.test.ts"];
const TURNS = ["--project", "system", "test/security/turns.test.ts"];
const SLOW = ["--project", "system", "test/security/slow-clients.test.ts"];
const FRAMING = ["--project", "system", "test/e2e/framing.test.ts"];
const FOREIGN = ["--project", "system", "test/e2e/foreign-pages.test.ts"];
const OFFENDERS = ["--project", "system", "test/security/offenders.test.ts"];
const ENTRIES = ["--project", "system", "test/security/entries.test.ts"];
const GREEDY = ["--project", "system", "test/security/greedy-answers.test.ts"];
const WEBSOCKETS = ["--project", "system", "test/conformance/websocket"];
const TRUST = ["--project", "system", "test/integration/relay/trust.test.ts"];
// Others of that file take as long as this run lets a test take.
const TIME_LIMIT = ["--project", "system", "test/integration/stack/endings.test.ts", "-t", "a limit ends it"];
const ADMIN = ["--project", "unit", "packages/gateway/test/admin"];
const INTERMEDIATES = ["--project", "system", "test/integration/tcp/intermediates.test.ts"];
const TCP_HOSTILE = ["--project", "system", "test/integration/tcp/hostile.test.ts"];
const TCP_LIMITS = ["--project", "system", "test/integration/tcp/limits.test.ts"];
const TCP_REVOCATION = ["--project", "system", "test/integration/tcp/revocation.test.ts"];
const EDGE = ["--project", "system", "test/integration/edge"];

export const mutations: readonly Mutation[] = [
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
    protection: "targets are in the operator's list",
    file: `${GATEWAY}/policy/targets.ts`,
    from: "return isAllowedTarget(target.value.target.address, rules.networks) ?",
    to: "return rules.networks.length >= 0 || isAllowedTarget(target.value.target.address, rules.networks) ?",
    tests: ADMISSION,
  },
  {
    protection: "the list is asked again when an address is dialled",
    file: `${GATEWAY}/pools/dial.ts`,
    from: "if (!allowed(address))",
    to: "if (address === undefined)",
    tests: ["--project", "unit", "packages/gateway/test/pools"],
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
    protection: "other sites' pages are refused at the edge",
    file: `${WORKER}/gate.ts`,
    from: "return origin.ok ? session : origin;",
    to: "return origin.ok ? session : session;",
    tests: FOREIGN,
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
    protection: "an edge's statement grows old",
    file: `${SHARED}/wire/assertion.ts`,
    from: "age <= ASSERTION_LIFE + ASSERTION_LEEWAY;",
    to: "age <= 1e9;",
    tests: SHARED_CASES,
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
    protection: "no redirect leads away",
    file: `${GATEWAY}/platforms/containment.ts`,
    from: "return own || host === new URL(publicOrigin).host ? undefined : authority;",
    to: "return own || host !== new URL(publicOrigin).host ? undefined : authority;",
    tests: HOSTILE,
  },
  {
    protection: "tabs in a redirect are read as browsers read them",
    file: `${GATEWAY}/platforms/containment.ts`,
    from: '.replace(/[\\t\\r\\n]/g, "")',
    to: "",
    tests: HOSTILE,
  },
  {
    protection: "no controller sets our cookies",
    file: `${GATEWAY}/platforms/response-headers.ts`,
    from: 'pair.replace(/^[\\s=]+/, "")',
    to: "pair",
    tests: HOSTILE,
  },
  {
    protection: "no controller empties the domain's cookies",
    file: `${GATEWAY}/platforms/response-headers.ts`,
    from: '  "clear-site-data",\n',
    to: "",
    tests: HOSTILE,
  },
  {
    protection: "pages are edited in time that grows with them, not with their square",
    file: `${GATEWAY}/platforms/body-edits.ts`,
    from: "const HEAD = /<head(?:\\s[^<>]*)?>/i;",
    to: "const HEAD = /<head(?:\\s[^>]*)?>/i;",
    tests: GREEDY,
  },
  {
    protection: "heads are edited in time that grows with them, not with their square",
    file: `${GATEWAY}/platforms/response-headers.ts`,
    from: "/<([^<>]*)>/g",
    to: "/<([^>]*)>/g",
    tests: GREEDY,
  },
  {
    protection: "no unasked transfer coding is passed on",
    file: `${GATEWAY}/pools/http/answer-head.ts`,
    from: 'coded !== undefined && coded !== "chunked" && coded !== "identity"',
    to: 'coded === ""',
    tests: UPSTREAM,
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
    protection: "a block of bytes is nobody else's until it is written",
    file: `${GATEWAY}/relay/gathering.ts`,
    from: "    if (atOnce) giveBack();",
    to: "    giveBack();",
    tests: ["--project", "unit", "packages/gateway/test/relay/gathering.test.ts"],
  },
  {
    protection: "of what all controllers are read into, no head is kept",
    file: `${GATEWAY}/pools/http/answer-reader.ts`,
    from: "all === bytes ? Buffer.from(all) : all",
    to: "all",
    tests: UPSTREAM,
  },
  {
    protection: "of what all controllers are read into, nothing of a gathered body is kept",
    file: `${GATEWAY}/pools/http/gathered-body.ts`,
    from: "if (length > this.#place.length) this.#grow(length);",
    to: "if (this.#length === 0) this.#place = piece as Buffer;\n    else if (length > this.#place.length) this.#grow(length);",
    tests: UPSTREAM,
  },
  {
    protection: "of what all controllers are read into, nothing to be unpacked is kept",
    file: `${GATEWAY}/relay/answer-body.ts`,
    from: "this.#gunzip.write(Buffer.from(chunk))",
    to: "this.#gunzip.write(chunk)",
    tests: BODIES,
  },
  {
    protection: "what came before the first request is not its answer",
    file: `${GATEWAY}/pools/http/client.ts`,
    from: "if (reads.isEarly) {",
    to: "if (reads.isEarly && this.#closed) {",
    tests: UPSTREAM,
  },
  {
    protection: "an event that fills a record waits for no other",
    file: `${GATEWAY}/relay/gathering.ts`,
    from: "else if (!this.#scheduled) {",
    to: "else if (this.#full) {",
    tests: ["--project", "system", "test/integration/relay/http-streams.test.ts"],
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
  {
    protection: "no controller has another's cookies forgotten",
    file: `${WEB}/cookie-origins.ts`,
    from: "if (own && own.size >= MAX_OF_ONE)",
    to: "if (own && own.size < 0)",
    tests: ["--project", "unit", "packages/gateway/test/entrypoints"],
  },
  {
    protection: "nobody installs a service worker",
    file: `${SHARED}/wire/origin.ts`,
    from: 'if (request.serviceWorker) return deny("service-worker");',
    to: "",
    tests: FRAMING,
  },
  {
    protection: "no foreign page frames a controller's",
    file: `${WORKER}/framing.ts`,
    from: "if (!framed ||",
    to: "if (framed || !framed ||",
    tests: FRAMING,
  },
  {
    protection: "reserved bits and opcodes end a WebSocket",
    file: `${GATEWAY}/relay/frames.ts`,
    from: "this.fault = startFault(first);",
    to: "startFault(first);",
    tests: WEBSOCKETS,
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
    from: "if (!socket.isSessionReused() && !isPinned(socket, upstream.trust)) {",
    to: "if (socket.destroyed) {",
    tests: TRUST,
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
  {
    protection: "what a browser says of the way is not passed on",
    file: `${WORKER}/headers.ts`,
    from: 'const FORGED_PREFIXES = [OWN_PREFIX, "x-forwarded-", "cf-"];',
    to: "const FORGED_PREFIXES: string[] = [];",
    tests: EDGE,
  },
  {
    protection: "sessions end when their token does",
    file: `${GATEWAY}/admission/sessions.ts`,
    from: 'if (this.#options.now() >= session.expiresAt) this.end(session, "expired");',
    to: 'if (this.#options.now() < 0) this.end(session, "expired");',
    tests: ["--project", "system", "test/integration/relay/endings.test.ts"],
  },
  {
    protection: "sessions end when they have lasted as long as they may",
    file: `${GATEWAY}/admission/sessions.ts`,
    from: "return limit > 0 && lasted >= limit",
    to: "return limit < 0 && lasted >= limit",
    tests: ["--project", "unit", "packages/gateway/test/admission/sessions.test.ts"],
  },
  {
    protection: "a session that has lasted as long as it may is not opened again",
    file: `${GATEWAY}/admission/residence.ts`,
    from: '"replaced", "time-limit"]',
    to: '"replaced"]',
    tests: TIME_LIMIT,
  },
  {
    protection: "what an admin does is in the trail before it is done",
    file: `${GATEWAY}/admin/revocations.ts`,
    from: '  await record({ action: "revoke", kind, value, before, until, note });\n',
    to: "",
    tests: ADMIN,
  },
  {
    protection: "calls of the admin API that are denied are in the trail",
    file: `${GATEWAY}/ledger/admin-ledger.ts`,
    from: "denials.add(record);",
    to: "",
    tests: ADMIN,
  },
  {
    protection: "no revocation is kept for ever",
    file: `${GATEWAY}/admin/revocations.ts`,
    from: "?? expiry ?? now + life;",
    to: "?? expiry;",
    tests: ADMIN,
  },
  {
    protection: "a token's own page for renewal counts on listed origins only",
    file: `${WORKER}/renewal-page.ts`,
    from: "origins.includes(new URL(renew).origin) ? renew : undefined",
    to: "renew",
    tests: ["--project", "unit", "packages/worker/test/renewal-page.test.ts"],
  },
  {
    protection: "lengths and codings of an answer do not contradict each other",
    file: `${GATEWAY}/pools/http/answer-head.ts`,
    from: "if (coded !== undefined && this.#length !== undefined) throw",
    to: "if (this.#length === -1) throw",
    tests: UPSTREAM,
  },
  {
    protection: "an answer that nobody asked for is nobody's",
    file: `${GATEWAY}/pools/http/connection.ts`,
    from: "    if (exchange === undefined) {\n      this.destroy();\n      return;\n    }\n    try {\n      const used",
    to: "    if (exchange === undefined) return;\n    try {\n      const used",
    tests: UPSTREAM,
  },
  {
    protection: "what follows an answer is not the next one's",
    file: `${GATEWAY}/pools/http/connection.ts`,
    from: "const keep = clean && ",
    to: "const keep = ",
    tests: UPSTREAM,
  },
  {
    protection: "a connection on which a request is not whole is not used again",
    file: `${GATEWAY}/pools/http/connection.ts`,
    from: "this.#sent && this.#manners.keep",
    to: "this.#manners.keep",
    tests: UPSTREAM,
  },
  {
    protection: "no part of a request is read as more than that",
    file: `${GATEWAY}/pools/http/request-head.ts`,
    from: "|| CONTROL.test(value)) throw",
    to: ") throw",
    tests: UPSTREAM,
  },
  {
    protection: "a revoked intermediate is found among the listener's own authorities",
    file: `${GATEWAY}/identity/certificate-chain.ts`,
    from: "walk(authority, this.#authorities, [])",
    to: "allow<readonly ChainLink[]>([])",
    tests: INTERMEDIATES,
  },
  {
    protection: "what a client sends beside its chain hides no revoked intermediate",
    file: `${GATEWAY}/identity/certificate-chain.ts`,
    from: "certificate.checkIssued(one) && !isAmong(fitting, one)",
    to: "certificate.issuerCertificate?.raw.equals(one.raw)",
    tests: INTERMEDIATES,
  },
  {
    protection: "issuers are asked about the whole of a client's chain as it is",
    file: `${GATEWAY}/certificates/ocsp/questions.ts`,
    from: "[ask(certificate, issuer, responder)]",
    to: "[ask(certificate, certificate.issuerCertificate, responder)]",
    tests: INTERMEDIATES,
  },
  {
    protection: "nobody but a listed balancer says who a TCP client is",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: "if (isBalancer(raw, acceptProxyHeaderFrom)) void",
    to: "if (acceptProxyHeaderFrom.length > 0) void",
    tests: TCP_HOSTILE,
  },
  {
    protection: "a TCP client keeps the certificate that was looked at",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: " | constants.SSL_OP_NO_RENEGOTIATION",
    to: "",
    tests: TCP_HOSTILE,
  },
  {
    protection: "TCP clients of one balancer are told apart",
    file: `${GATEWAY}/entrypoints/tcp/server.ts`,
    from: "const accepted = this.#standsOn.getStore();",
    to: "const accepted = [...this.#accepted].at(-1);",
    tests: TCP_HOSTILE,
  },
  {
    protection: "revoked certificates are refused",
    file: `${GATEWAY}/admission/admit-connection.ts`,
    from: "if (isRevoked(keys, parts.revocations())) return",
    to: "if (keys.length === 0) return",
    tests: TCP_REVOCATION,
  },
  {
    protection: "a TCP listener is for its groups",
    file: `${GATEWAY}/admission/admit-connection.ts`,
    from: "  if (!reach.ok) return reach;\n",
    to: "",
    tests: TCP_LIMITS,
  },
];
