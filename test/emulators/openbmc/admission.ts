import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { Upgrade } from "../core/upgrade.ts";
import { upgradeHeaders } from "./answer-headers.ts";
import { type Account, type Authentication, authenticate, type BmcSessions, type Presented } from "./authentication.ts";

/** A body longer than this from one who is not logged in is refused before it is read. */
const LOGGED_OUT_BODY_BYTES = 4096;
const BODY_BYTES = 30 * 1024 * 1024;

/** Who may use which path: every request and upgrade passes here. */
export class Admission {
  readonly #sessions: BmcSessions;
  readonly #account: Account;

  constructor(sessions: BmcSessions, account: Account) {
    this.#sessions = sessions;
    this.#account = account;
  }

  /** Who sends this request, without answering it. */
  identify(exchange: Exchange): Authentication {
    return authenticate(presented(exchange), this.#sessions, this.#account);
  }

  /** Answers and gives false where the sender may not go on. */
  admit(exchange: Exchange, route: Route | undefined): boolean {
    const who = this.identify(exchange);
    const loggedIn = !("refused" in who);
    const length = Number(exchange.header("Content-Length") ?? 0);
    if (length > (loggedIn ? BODY_BYTES : LOGGED_OUT_BODY_BYTES)) {
      // The body stays unread, so the connection cannot be used again.
      exchange.refuse(length > BODY_BYTES ? 413 : 401, "body-bytes", { Connection: "close" });
      return false;
    }
    if (loggedIn || route?.open === true) return true;
    refuseStranger(exchange, who.refused);
    return false;
  }

  /** The sub-protocol to answer with; undefined where the upgrade has been refused. */
  admitSocket(upgrade: Upgrade): { readonly protocol: string | undefined } | undefined {
    const who = authenticate(presented(upgrade), this.#sessions, this.#account);
    if ("refused" in who) {
      upgrade.refuse(401, who.refused);
      return undefined;
    }
    const protocol = upgrade.header("Sec-WebSocket-Protocol");
    const attributes = who.session?.attributes;
    if (attributes?.cookieAuth === true && protocol !== attributes.csrf) {
      // A browser cannot set headers on a WebSocket: the sub-protocol is where the CSRF token travels.
      upgrade.refuse(401, "subprotocol", upgradeHeaders);
      return undefined;
    }
    return { protocol };
  }
}

/** A browser on its way to a page is sent to the log-in; a script gets 401, with a challenge unless it says that it is one. */
function refuseStranger(exchange: Exchange, reason: string): void {
  if ((exchange.header("Accept") ?? "").includes("text/html")) {
    exchange.refuse(307, reason, { Location: `/?next=${encodeURIComponent(exchange.path)}#/login` });
  } else if (exchange.header("X-Requested-With") !== undefined) {
    exchange.refuse(401, reason);
  } else {
    exchange.refuse(401, reason, { "WWW-Authenticate": "Basic" });
  }
}

function presented(asked: Exchange | Upgrade): Presented {
  return {
    method: asked.request.method ?? "",
    header: (name) => asked.header(name),
    cookie: (name) => asked.cookie(name),
  };
}
