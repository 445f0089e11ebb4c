import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import type { StaticFile } from "../core/static-files.ts";
import { cookieSession, pageToken, type SupermicroSession, type SupermicroSessions } from "./sessions.ts";

/** How the firmware names the header of the CSRF token, by age. Some proxies drop the one with the underscore. */
export type CsrfHeader = "CSRF_TOKEN" | "CSRF-TOKEN";

export interface CgiParts {
  readonly sessions: SupermicroSessions;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly csrfHeader: CsrfHeader;
  /** A new one-time token for a console of this session. */
  readonly consoleToken: (session: SupermicroSession) => string;
}

/** Pages by the name that the query gives them; they are files that are not served as such. */
const FOLDER = "/pages/";

/** Whether a file is one of those pages. */
export function isPage(path: string): boolean {
  return path.startsWith(FOLDER);
}

export function cgiRoutes(parts: CgiParts): Route[] {
  const machine = { power: "ON" };
  return [
    { method: "GET", path: "/cgi/url_redirect.cgi", handle: (exchange) => servePage(exchange, parts) },
    { method: "POST", path: "/cgi/op.cgi", handle: (exchange) => operate(exchange, parts, machine) },
  ];
}

/** Every page carries a CSRF token of its own, and the console's page a hidden one-time token. */
function servePage(exchange: Exchange, parts: CgiParts): void {
  const session = cookieSession(exchange, parts.sessions);
  if (session === undefined) {
    exchange.refuse(401, "unauthenticated");
    return;
  }
  const file = parts.files.get(`${FOLDER}${(exchange.query("url_name") ?? "").replaceAll("_", "-")}.html`);
  if (file === undefined) {
    exchange.refuse(404, "not-found");
    return;
  }
  const insert = `<script>SmcCsrfInsert ("${parts.csrfHeader}", "${pageToken(session)}");</script>`;
  const page = Buffer.from(file.plain).toString().replace("<!--csrf-->", insert);
  const entry = page.includes("<!--entry-->")
    ? `<input type="hidden" id="entry_value" value="${parts.consoleToken(session)}" />`
    : "";
  exchange.send(200, { "Content-Type": file.type }, page.replace("<!--entry-->", entry));
}

/** `op=POWER_INFO.XML` reads, `op=SET_POWER_INFO.XML` with `r=(1,0)` or `r=(1,1)` changes. */
async function operate(exchange: Exchange, parts: CgiParts, machine: { power: string }): Promise<void> {
  const form = await exchange.form();
  const session = cookieSession(exchange, parts.sessions);
  const token = exchange.header(parts.csrfHeader) ?? "";
  if (session === undefined) {
    exchange.refuse(401, "unauthenticated");
  } else if (!session.attributes.tokens.includes(token)) {
    exchange.refuse(403, "csrf");
  } else {
    if (form.get("op") === "SET_POWER_INFO.XML") machine.power = form.get("r") === "(1,0)" ? "OFF" : "ON";
    const xml = `<?xml version="1.0"?><IPMI><POWER_INFO><POWER STATUS="${machine.power}"/></POWER_INFO></IPMI>\n`;
    exchange.send(200, { "Content-Type": "application/xml" }, xml);
  }
}
