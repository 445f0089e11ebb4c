import {
  asksForServiceWorker,
  checkOrigin,
  originOf,
  type Provenance,
  provenanceKind,
  type Reason,
} from "@sallyport/shared";
import { type Group, shown, table } from "./case.ts";
import { allowed, equal, refused } from "./check.ts";

const OURS = "https://k7.example.com";
const FOREIGN = [
  "https://evil.example",
  "https://k8.example.com",
  "http://k7.example.com",
  "https://k7.example.com:8443",
  "https://K7.example.com",
  "https://k7.example.com/",
  "https://k7.example.com.",
  "https://k7.example.com.evil.example",
  "k7.example.com",
  "null",
  "",
];

interface Row {
  readonly kind: Provenance["kind"];
  readonly origin?: string;
  readonly site?: string;
  readonly mode?: string;
  readonly cookies?: boolean;
  readonly worker?: boolean;
  readonly allowNoOrigin?: boolean;
  /** Absent: it passes. */
  readonly reason?: Reason;
}

const rows: readonly Row[] = [
  { kind: "upgrade", origin: OURS },
  { kind: "upgrade", origin: OURS, cookies: true },
  { kind: "upgrade", origin: OURS, site: "same-origin", mode: "websocket" },
  { kind: "upgrade", origin: OURS, site: "cross-site", reason: "origin-foreign" },
  { kind: "upgrade", origin: OURS, site: "same-site", reason: "origin-foreign" },
  { kind: "upgrade", origin: OURS, site: "none", reason: "origin-foreign" },
  { kind: "upgrade", site: "same-origin", reason: "origin-missing" },
  { kind: "upgrade", reason: "origin-missing" },
  { kind: "upgrade", allowNoOrigin: true },
  { kind: "upgrade", allowNoOrigin: true, cookies: true, reason: "origin-missing" },
  { kind: "upgrade", allowNoOrigin: true, site: "same-origin", reason: "origin-missing" },
  { kind: "upgrade", allowNoOrigin: true, mode: "websocket", reason: "origin-missing" },
  { kind: "upgrade", allowNoOrigin: true, site: "cross-site", reason: "origin-foreign" },
  ...FOREIGN.map((origin): Row => ({ kind: "upgrade", origin, reason: "origin-foreign" })),
  ...FOREIGN.map((origin): Row => ({ kind: "upgrade", origin, allowNoOrigin: true, reason: "origin-foreign" })),
  { kind: "upgrade", origin: "https://evil.example", site: "same-origin", reason: "origin-foreign" },

  { kind: "safe", site: "same-origin", mode: "same-origin", worker: true, reason: "service-worker" },
  { kind: "safe", worker: true, reason: "service-worker" },
  { kind: "upgrade", origin: OURS, worker: true, allowNoOrigin: true, reason: "service-worker" },

  { kind: "unsafe" },
  { kind: "unsafe", cookies: true },
  { kind: "unsafe", origin: OURS },
  { kind: "unsafe", site: "same-origin" },
  { kind: "unsafe", site: "none" },
  { kind: "unsafe", origin: OURS, site: "same-origin", mode: "cors" },
  { kind: "unsafe", origin: OURS, site: "cross-site", reason: "origin-foreign" },
  { kind: "unsafe", origin: "null", site: "same-origin", mode: "navigate" },
  { kind: "unsafe", origin: "null", site: "cross-site", mode: "navigate", reason: "origin-foreign" },
  { kind: "unsafe", origin: "null", site: "none", mode: "navigate", reason: "origin-foreign" },
  { kind: "upgrade", origin: "null", site: "same-origin", reason: "origin-foreign" },
  { kind: "unsafe", site: "same-site", reason: "origin-foreign" },
  { kind: "unsafe", site: "cross-site", mode: "navigate", reason: "origin-foreign" },
  { kind: "unsafe", site: "anything-else", reason: "origin-foreign" },
  { kind: "unsafe", site: "", reason: "origin-foreign" },
  ...FOREIGN.map((origin): Row => ({ kind: "unsafe", origin, reason: "origin-foreign" })),
  { kind: "unsafe", origin: "https://evil.example", site: "same-origin", reason: "origin-foreign" },

  { kind: "safe" },
  { kind: "safe", cookies: true },
  { kind: "safe", origin: OURS, site: "same-origin", mode: "cors" },
  { kind: "safe", site: "none", mode: "navigate" },
  { kind: "safe", site: "cross-site", mode: "navigate" },
  { kind: "safe", site: "same-site", mode: "navigate" },
  { kind: "safe", site: "cross-site", mode: "no-cors", reason: "origin-foreign" },
  { kind: "safe", site: "same-site", mode: "no-cors", reason: "origin-foreign" },
  { kind: "safe", site: "cross-site", mode: "cors", origin: "https://evil.example", reason: "origin-foreign" },
  { kind: "safe", site: "cross-site", mode: "websocket", reason: "origin-foreign" },
  { kind: "safe", site: "cross-site", reason: "origin-foreign" },
];

function say({ kind, origin, site, mode, cookies, allowNoOrigin, reason }: Row): string {
  const marks = { Origin: origin, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode };
  const shows = Object.entries(marks).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${shown(value)}`],
  );
  const more = [
    ...shows,
    ...(cookies ? ["the controller's cookies"] : []),
    ...(allowNoOrigin ? ["ALLOW_NO_ORIGIN"] : []),
  ];
  return `${kind} with ${more.join(", ") || "nothing"}: ${reason ?? "passes"}`;
}

const origins: readonly { scheme: string; host: string; origin: string }[] = [
  { scheme: "https", host: "k7.example.com", origin: OURS },
  { scheme: "https", host: "K7.Example.COM", origin: OURS },
  { scheme: "https", host: "k7.example.com:443", origin: OURS },
  { scheme: "https", host: "k7.example.com:8443", origin: "https://k7.example.com:8443" },
  { scheme: "https", host: "k7.example.com:80", origin: "https://k7.example.com:80" },
  { scheme: "https", host: "k7.example.com:4430", origin: "https://k7.example.com:4430" },
  { scheme: "https", host: "[fd00::443]", origin: "https://[fd00::443]" },
  { scheme: "https", host: "[FD00::443]:443", origin: "https://[fd00::443]" },
  { scheme: "http", host: "127.0.0.1:80", origin: "http://127.0.0.1" },
  { scheme: "http", host: "127.0.0.1:443", origin: "http://127.0.0.1:443" },
  { scheme: "http", host: "127.0.0.1:8787", origin: "http://127.0.0.1:8787" },
];

export const originChecks: readonly Group[] = [
  {
    name: "Origin and Fetch Metadata",
    cases: [
      ...table(
        rows,
        say,
        ({ kind, origin, site, mode, cookies = false, worker = false, allowNoOrigin = false, reason }) => {
          const request = {
            kind,
            publicOrigin: OURS,
            origin,
            fetchSite: site,
            fetchMode: mode,
            serviceWorker: worker,
            controllerCookies: cookies,
          };
          const result = checkOrigin(request, allowNoOrigin);
          if (reason) refused(result, reason);
          else allowed(result);
        },
      ),
      {
        name: "a missing Origin is refused unless said otherwise",
        run: () =>
          refused(
            checkOrigin({
              kind: "upgrade",
              publicOrigin: OURS,
              origin: undefined,
              fetchSite: undefined,
              fetchMode: undefined,
              serviceWorker: false,
              controllerCookies: false,
            }),
            "origin-missing",
          ),
      },
      ...table(
        [
          { header: "script", dest: undefined, asks: true },
          { header: undefined, dest: "serviceworker", asks: true },
          { header: undefined, dest: "worker", asks: false },
          { header: undefined, dest: undefined, asks: false },
        ],
        ({ header, dest, asks }) => `${shown([header, dest])} ${asks ? "asks" : "does not ask"} for a service worker`,
        ({ header, dest, asks }) => equal(asksForServiceWorker(header, dest), asks),
      ),
      ...table(
        ["GET", "HEAD", "OPTIONS"],
        (method) => `${method} is safe`,
        (method) => equal(provenanceKind(method), "safe"),
      ),
      ...table(
        ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get", "", "GET "],
        (method) => `${shown(method)} is not safe`,
        (method) => equal(provenanceKind(method), "unsafe"),
      ),
    ],
  },
  {
    name: "origin as a browser spells it",
    cases: table(
      origins,
      ({ scheme, host }) => `${scheme} and ${host}`,
      ({ scheme, host, origin }) =>
        equal([originOf(scheme, host), new URL(`${scheme}://${host}/`).origin], [origin, origin]),
    ),
  },
];
