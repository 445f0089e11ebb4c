import { randomBytes } from "node:crypto";
import type { Account } from "../core/account.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import { type MegaracSession, type MegaracSessions, newAttributes } from "./sessions.ts";

export interface LegacyParts {
  readonly sessions: MegaracSessions;
  readonly account: Account;
  readonly pages: readonly Route[];
  /** Answers are HTTP/1.0 and end before what they promise. */
  readonly cut: boolean;
}

type Values = Readonly<Record<string, string | number>>;

/** Without all of these the main page is blank. */
const COOKIES = ["SessionCookie", "Username", "PNO", "Extendedpriv"] as const;
const MAIN = "/page/main.html";

/** The older firmware (SP): its answers are scripts that set a variable, and its page sets the cookies. */
export class Legacy {
  readonly #parts: LegacyParts;
  #power = 1;

  constructor(parts: LegacyParts) {
    this.#parts = parts;
  }

  get routes(): Route[] {
    const pages = this.#parts.pages.map((page) => (page.path === MAIN ? guarded(page) : page));
    return [
      { method: "POST", path: "/rpc/WEBSES/create.asp", handle: (exchange) => this.#create(exchange) },
      { method: "GET", path: "/rpc/WEBSES/logout.asp", handle: (exchange) => this.#end(exchange) },
      { method: "GET", path: "/rpc/hoststatus.asp", handle: (exchange) => this.#status(exchange) },
      { method: "POST", path: "/rpc/hostctl.asp", handle: (exchange) => this.#control(exchange) },
      ...pages,
    ];
  }

  async #create(exchange: Exchange): Promise<void> {
    const { sessions, account } = this.#parts;
    const form = await exchange.form();
    const known = form.get("WEBVAR_USERNAME") === account.user && form.get("WEBVAR_PASSWORD") === account.password;
    const token = randomBytes(12).toString("hex");
    const session = known ? sessions.open(account.user, token, newAttributes("page")) : undefined;
    if (session === undefined) {
      exchange.note(known ? "session-limit" : "credentials");
      this.#answer(exchange, "WEB_SESSION", { SESSION_COOKIE: "Failure" });
      return;
    }
    const values = { SESSION_COOKIE: session.token, CSRFTOKEN: session.attributes.csrf };
    this.#answer(exchange, "WEB_SESSION", values);
  }

  #end(exchange: Exchange): void {
    const session = this.#admitted(exchange);
    if (session === undefined) return;
    this.#parts.sessions.end(session);
    this.#answer(exchange, "WEB_SESSION", {});
  }

  #status(exchange: Exchange): void {
    if (this.#admitted(exchange) !== undefined) this.#answer(exchange, "HOSTSTATUS", { JF_STATE: this.#power });
  }

  async #control(exchange: Exchange): Promise<void> {
    const command = (await exchange.form()).get("WEBVAR_POWER_CMD");
    if (this.#admitted(exchange) === undefined) return;
    this.#power = command === "0" ? 0 : 1;
    this.#answer(exchange, "HOSTCTL", { JF_STATE: this.#power });
  }

  /** By cookie and by the token in a header, which goes by either name; undefined where a refusal has been answered. */
  #admitted(exchange: Exchange): MegaracSession | undefined {
    const session = this.#parts.sessions.use(exchange.cookie("SessionCookie") ?? "");
    const token = exchange.header("CSRFTOKEN") ?? exchange.header("X-CSRFTOKEN");
    if (session !== undefined && token === session.attributes.csrf) return session;
    exchange.refuse(401, session === undefined ? "unauthenticated" : "csrf");
    return undefined;
  }

  #answer(exchange: Exchange, name: string, values: Values): void {
    const pairs = Object.entries(values).map(([key, value]) => `'${key}' : '${value}'`);
    const script = `WEBVAR_JSONVAR_${name} = { WEBVAR_STRUCTNAME_${name} : [ { ${pairs.join(", ")} } ] };\n`;
    const headers = { "Content-Type": "application/x-javascript" };
    if (this.#parts.cut) exchange.sendOddly("http-1.0-cut", 200, headers, script);
    else exchange.send(200, headers, script);
  }
}

function guarded(page: Route): Route {
  const handle = (exchange: Exchange) => {
    if (COOKIES.every((name) => exchange.cookie(name) !== undefined)) return page.handle(exchange);
    exchange.note("page-cookies");
    exchange.send(200, { "Content-Type": "text/html" });
    return undefined;
  };
  return { ...page, handle };
}
