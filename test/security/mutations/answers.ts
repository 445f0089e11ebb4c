import { GATEWAY, type Mutation } from "./mutation.ts";

const HOSTILE = ["--project", "system", "test/security/hostile-controller.test.ts"];
const UPSTREAM = ["--project", "unit", "packages/gateway/test/pools/http"];
const BODIES = ["--project", "unit", "packages/gateway/test/relay/answer-body.test.ts"];
const GREEDY = ["--project", "system", "test/security/greedy-answers.test.ts"];

/** What controllers may answer, and how it is read. */
export const answers: readonly Mutation[] = [
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
    protection: "interim answers come to an end where they are read leniently",
    file: `${GATEWAY}/pools/lenient-answers.ts`,
    from: "if (this.#interim > MAX_INTERIM) this",
    to: "if (this.#interim === -1) this",
    tests: ["--project", "unit", "packages/gateway/test/pools/lenient-answers.test.ts"],
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
    from: "    if (exchange === undefined || this.#reads.isUnfinished) {\n      this.destroy();",
    to: "    if (exchange === undefined) return;\n    if (this.#reads.isUnfinished) {\n      this.destroy();",
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
];
