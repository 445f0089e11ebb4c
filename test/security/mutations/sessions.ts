import { GATEWAY, type Mutation } from "./mutation.ts";

const WEBSOCKETS = ["--project", "system", "test/conformance/websocket"];
// Others of that file take as long as this run lets a test take.
const TIME_LIMIT = ["--project", "system", "test/integration/stack/endings.test.ts", "-t", "a limit ends it"];
const UPKEEP = ["--project", "unit", "packages/gateway/test/admission/upkeep.test.ts"];
const RESIDENCE = ["--project", "unit", "packages/gateway/test/admission/residence.test.ts"];
const POOL = ["--project", "unit", "packages/gateway/test/pools/http/client.test.ts"];
const LANE = ["--project", "unit", "packages/gateway/test/relay/lane.test.ts"];

/** When sessions and their WebSockets end. */
export const sessions: readonly Mutation[] = [
  {
    protection: "what a browser's pong is told by is its own, not where the next read will be",
    file: `${GATEWAY}/relay/pong-filter.ts`,
    from: "undecided ? Uint8Array.from(piece) : piece",
    to: "piece",
    tests: ["--project", "unit", "packages/gateway/test/relay/pong-filter.test.ts"],
  },
  {
    protection: "what waits for a turn's end leaves before a close frame",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "  #flushAll(): void {\n    if (this.#posted > 0) outbox.flush();\n",
    to: "  #flushAll(): void {\n",
    tests: LANE,
  },
  {
    protection: "what waits for a turn's end leaves before what does not wait",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "    if (this.#posted > 0) outbox.flush();\n    if (!this.#gather(piece))",
    to: "    if (!this.#gather(piece))",
    tests: LANE,
  },
  {
    protection: "what waits in the outbox is known by its bytes, since some of it leaves before the rest",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "this.#posted -= bytes.length;",
    to: "this.#posted = 0;",
    tests: LANE,
  },
  {
    protection: "what a controller sends unasked is not the answer to another session's request",
    file: `${GATEWAY}/pools/http/connection.ts`,
    from: "if (exchange === undefined || this.#reads.isUnfinished) {",
    to: "if (exchange === undefined) {",
    tests: [...POOL, "-t", "no answer that is not its own"],
  },
  {
    protection: "a request that may not be sent twice is given no connection that may have more unasked to say",
    file: `${GATEWAY}/pools/http/client.ts`,
    from: "if (first?.repeatable && !first.fresh && !this.#wary) {",
    to: "if (first && !first.fresh) {",
    tests: [...POOL, "-t", "are nobody's who may not ask again"],
  },
  {
    protection: "a controller that says more than it was asked for gets no request in vain again",
    file: `${GATEWAY}/pools/http/client.ts`,
    from: "this.#wary = true;",
    to: "",
    tests: [...POOL, "-t", "wait from then on"],
  },
  {
    protection: "a request that may not be sent twice is not",
    file: `${GATEWAY}/pools/http/exchange.ts`,
    from: "gone && this.repeatable",
    to: "gone",
    tests: [...POOL, "-t", "may not be sent twice"],
  },
  {
    protection: "a revoked link renews no session",
    file: `${GATEWAY}/admission/admit.ts`,
    from: "  if (!standing.ok) return standing;\n  const minted = desk ? await desk.use(fresh.value) : allow({ ...fresh.value, token: freshToken });\n  if (!minted.ok) return minted;\n  // What was revoked meanwhile was looked for among the tokens that the session had.\n  const still = judge(revocations, session.marksOf(minted.value));\n  if (!still.ok) return still;\n",
    to: "  const minted = desk ? await desk.use(fresh.value) : allow({ ...fresh.value, token: freshToken });\n  if (!minted.ok) return minted;\n",
    tests: RESIDENCE,
  },
  {
    protection: "a renewed session whose link was revoked is not opened again by its other tokens",
    file: `${GATEWAY}/admission/residence.ts`,
    from: "session.tokenHashes.length > 1",
    to: "session.tokenHashes.length < 1",
    tests: RESIDENCE,
  },
  {
    protection: "what had to wait for its sink leaves before what was posted behind it",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "const isNext = this.#gathering?.isEmpty ?? true;",
    to: "const isNext = true;",
    tests: LANE,
  },
  {
    protection: "a connection is ended for good also while its own end is being said",
    file: `${GATEWAY}/relay/break-off.ts`,
    from: "if (isEnding) socket.destroy();",
    to: "if (socket.closed) socket.destroy();",
    tests: ["--project", "unit", "packages/gateway/test/relay/break-off.test.ts"],
  },
  {
    protection: "what a controller says behind a packed body is not read for nobody",
    file: `${GATEWAY}/relay/http.ts`,
    from: 'response.on("close", () => this.#stop());',
    to: 'response.on("close", () => response.writableFinished || this.#stop());',
    tests: ["--project", "system", "test/integration/platforms/bodies.test.ts"],
  },
  {
    protection: "a source whose sink has gone is not held up by what waited for that sink",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "if (!ready && !this.#finished) this.#source.pause();",
    to: "if (!ready) this.#source.pause();",
    tests: LANE,
  },
  {
    protection: "all that a client sent while it waited is passed on",
    file: `${GATEWAY}/pools/shared-reads.ts`,
    from: "for (let early: Buffer | null = socket.read(); early; early = socket.read()) reads",
    to: "for (const early of [socket.read() as Buffer | null]) if (early) reads",
    tests: ["--project", "unit", "packages/gateway/test/pools/shared-reads.test.ts"],
  },
  {
    protection: "reserved bits and opcodes end a WebSocket",
    file: `${GATEWAY}/relay/frames.ts`,
    from: "this.fault = startFault(first);",
    to: "startFault(first);",
    tests: WEBSOCKETS,
  },
  {
    protection: "sessions end when their token does",
    file: `${GATEWAY}/admission/upkeep.ts`,
    from: "if (this.#options.now() >= session.expiresAt)",
    to: "if (this.#options.now() < 0)",
    tests: ["--project", "system", "test/integration/relay/endings.test.ts"],
  },
  {
    protection: "the clock is looked at for the earliest expiry",
    file: `${GATEWAY}/admission/upkeep.ts`,
    from: "if (expiresAt < this.#earliest)",
    to: "if (expiresAt < 0)",
    tests: UPKEEP,
  },
  {
    protection: "what expires during a walk does not wait for it",
    file: `${GATEWAY}/admission/upkeep.ts`,
    from: "if (this.#canExpire()) void this.#expire();\n    if (this.#looks",
    to: "if (this.#looks % LOOKS_A_WALK > 0 && this.#canExpire()) void this.#expire();\n    if (this.#looks",
    tests: UPKEEP,
  },
  {
    protection: "a console's last word is said while a ping is unanswered",
    file: `${GATEWAY}/relay/lane.ts`,
    from: "if (wasWhole && farewell?.isClose",
    to: "if (false && farewell?.isClose",
    tests: LANE,
  },
  {
    protection: "a renewal that shortens a session ends it sooner",
    file: `${GATEWAY}/admission/sessions.ts`,
    from: "this.#join(session, token.hash);\n    this.#upkeep.expect(session);",
    to: "this.#join(session, token.hash);",
    tests: UPKEEP,
  },
  {
    protection: "sessions end when they have lasted as long as they may",
    file: `${GATEWAY}/admission/upkeep.ts`,
    from: "return limit > 0 ? now - limit",
    to: "return limit < 0 ? now - limit",
    tests: ["--project", "unit", "packages/gateway/test/admission/sessions.test.ts"],
  },
  {
    protection: "a session that has lasted as long as it may is not opened again",
    file: `${GATEWAY}/admission/residence.ts`,
    from: '"replaced", "time-limit"]',
    to: '"replaced"]',
    tests: TIME_LIMIT,
  },
];
