import type { ProxyName } from "../emulators/naive-proxies/naive-proxies.ts";
import type { Cell } from "./cells.ts";
import type { FamilyName } from "./families.ts";

/** What must come of a cell. */
export interface Expectation {
  /** The controller's reasons for refusing, all of them. */
  readonly refused: readonly string[];
  /** The steps of the stay that fail, all of them. */
  readonly failed: readonly string[];
}

type Row = Readonly<Partial<Record<ProxyName, Expectation>>>;

const NOTHING: Expectation = { refused: [], failed: [] };

const refused = (reasons: readonly string[], ...failed: readonly string[]): Expectation => ({
  refused: reasons,
  failed,
});
/** Nothing is refused, and the stay fails all the same: what the controller answers leads a browser astray. */
const fails = (...steps: readonly string[]): Expectation => ({ refused: [], failed: steps });

/**
 * Host since firmware 5.10; pages that are not there for who takes no gzip; the console's key in
 * the query. The console's URL comes in JSON with the controller's own address, which only the careful proxy changes.
 */
const IDRAC9: Row = {
  "host-preserving": refused(["host"], "pages", "log-in"),
  "host-rewriting": fails("console", "virtual media"),
  "query-dropping": refused(["vck-missing", "vmk-missing"], "console", "virtual media"),
  "encoding-stripping": refused(["gzip"], "pages", "console", "virtual media"),
  "header-smuggling": refused(["host", "leak"], "pages", "log-in"),
  nginx: fails("console", "virtual media"),
  "nginx-mapped": fails("console", "virtual media"),
  haproxy: refused(["host", "leak"], "pages", "log-in"),
  "haproxy-mapped": fails("console", "virtual media"),
};

/**
 * Which proxies each family suffers from, and for what reasons it refuses them. Through those that are not named in a
 * row everything must go: a control that refused everybody would show nothing.
 */
const EXPECTED: Readonly<Record<FamilyName, Row>> = {
  // Host since firmware 2.81; files that lie there as gzip only; a sub-protocol of its own. Redirections name the Host of
  // the request, so that whoever sets it to the controller's sends browsers there.
  idrac8: {
    "host-preserving": refused(["host"], "log-in page", "log-in"),
    "host-rewriting": fails("log-in page", "console", "log-out"),
    "binary-forcing": refused(["subprotocol"], "console"),
    "encoding-stripping": refused(["gzip"], "log-in page"),
    "header-smuggling": refused(["host", "leak"], "log-in page", "log-in"),
    haproxy: refused(["host", "leak"], "log-in page", "log-in"),
    "haproxy-mapped": fails("log-in page", "console", "log-out"),
  },
  idrac9: IDRAC9,
  "idrac9-5900": IDRAC9,
  // The console's handshake is read to the letter: its own Origin, `Connection: Upgrade`, no sub-protocol. Events are held
  // back by whoever buffers answers. A smuggler's X-Auth-Token, made of the cookie, takes the place of the genuine one.
  ilo: {
    "host-preserving": refused(["origin"], "console"),
    "host-rewriting": refused(["origin"], "console"),
    "binary-forcing": refused(["handshake-subprotocol"], "console"),
    "header-smuggling": refused(["leak", "origin", "unauthenticated"], "console", "Redfish"),
    nginx: refused(["origin"], "event stream", "console"),
    "nginx-mapped": refused(["handshake-connection"], "event stream", "console"),
    haproxy: refused(["leak", "origin"], "console"),
  },
  // WebSockets need its own Origin; the serial line's token is in the query.
  megarac: {
    "host-preserving": refused(["origin"], "console", "serial line"),
    "host-rewriting": refused(["origin"], "console", "serial line"),
    "query-dropping": refused(["sol-token"], "serial line"),
    "header-smuggling": refused(["leak", "origin"], "console", "serial line"),
    nginx: refused(["origin"], "console", "serial line"),
    haproxy: refused(["leak", "origin"], "console", "serial line"),
  },
  // Nothing is known of a check of its headers: only what tells of the proxy itself is noticed.
  "megarac-sp": {
    "header-smuggling": refused(["leak"]),
    haproxy: refused(["leak"]),
  },
  // Host and Referer (X11); handshake headers with RFC 6455's capitals; a token in a header with an underscore, which
  // nginx drops.
  supermicro: {
    "host-preserving": refused(["host"], "log-in page", "log-in"),
    "host-rewriting": refused(["referer"], "log-in"),
    "header-canonicalising": refused(["handshake-names"], "console"),
    "header-smuggling": refused(["host", "leak"], "log-in page", "log-in"),
    nginx: refused(["referer"], "log-in"),
    "nginx-mapped": refused(["csrf"], "interface"),
    haproxy: refused(["host", "leak"], "log-in page", "log-in"),
    "haproxy-mapped": refused(["handshake-names"], "console"),
  },
  // No check of Host or Origin in its source. The sub-protocol is its CSRF token; a path with two slashes is another one;
  // events are held back by whoever buffers answers.
  openbmc: {
    "binary-forcing": refused(["subprotocol"], "console", "serial line"),
    "header-smuggling": refused(["leak", "not-found"], "console", "serial line"),
    nginx: fails("events"),
    "nginx-mapped": fails("events"),
    haproxy: refused(["leak"]),
  },
  // Referer, as a client for it sends one.
  xcc: {
    "host-preserving": refused(["referer"], "log-in"),
    "host-rewriting": refused(["referer"], "log-in"),
    "header-smuggling": refused(["leak", "referer"], "log-in"),
    nginx: refused(["referer"], "log-in"),
    haproxy: refused(["leak", "referer"], "log-in"),
  },
};

/** What must come of a family's stay through this; nothing, where it is no naive proxy. */
export function expectationFor(family: FamilyName, before: string): Expectation {
  return EXPECTED[family][before as ProxyName] ?? NOTHING;
}

/** What came of a cell, as its expectation says it. */
export function outcomeOf({ refused, failed }: Cell): Expectation {
  return { refused: Object.keys(refused).sort(), failed: Object.keys(failed) };
}
