import { type Mutation, SHARED, WEB, WORKER } from "./mutation.ts";

const FRAMING = ["--project", "system", "test/e2e/framing.test.ts"];
const FOREIGN = ["--project", "system", "test/e2e/foreign-pages.test.ts"];
const EDGE = ["--project", "system", "test/integration/edge"];

/** What other people's pages can do in a customer's browser. */
export const browsers: readonly Mutation[] = [
  {
    protection: "other sites' pages are refused at the edge",
    file: `${WORKER}/gate.ts`,
    from: "return origin.ok ? session : origin;",
    to: "return origin.ok ? session : session;",
    tests: FOREIGN,
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
    protection: "what a browser says of the way is not passed on",
    file: `${WORKER}/headers.ts`,
    from: 'const FORGED_PREFIXES = [OWN_PREFIX, "x-forwarded-", "cf-"];',
    to: "const FORGED_PREFIXES: string[] = [];",
    tests: EDGE,
  },
  {
    protection: "a token's own page for renewal counts on listed origins only",
    file: `${WORKER}/renewal-page.ts`,
    from: "origins.includes(new URL(renew).origin) ? renew : undefined",
    to: "renew",
    tests: ["--project", "unit", "packages/worker/test/renewal-page.test.ts"],
  },
];
