import { randomBytes } from "node:crypto";
import type { Account } from "./account.ts";
import type { Exchange } from "./exchange.ts";
import { parseObject } from "./json.ts";
import type { Route } from "./routes.ts";
import type { Sessions } from "./sessions.ts";

export interface RedfishSessionParts<Attributes> {
  readonly sessions: Sessions<Attributes>;
  readonly account: Account;
  /** The collections of the sessions; firmware has one, two, with or without a slash at the end. */
  readonly paths: readonly string[];
  /** What the family keeps with a new session. */
  readonly attributes: () => Attributes;
}

const CREDENTIALS_BYTES = 4096;

/** Log-in and log-out by Redfish (DSP0266, 13.3.4): a POST to the collection answers with X-Auth-Token and Location. */
export function redfishSessionRoutes<Attributes>(parts: RedfishSessionParts<Attributes>): Route[] {
  return parts.paths.flatMap((path): Route[] => {
    const folder = path.endsWith("/") ? path : `${path}/`;
    return [
      { method: "POST", path, open: true, handle: (exchange) => create(exchange, folder, parts) },
      { method: "DELETE", path: `${folder}:id`, open: true, handle: (exchange) => end(exchange, parts.sessions) },
    ];
  });
}

async function create<Attributes>(
  exchange: Exchange,
  folder: string,
  { sessions, account, attributes }: RedfishSessionParts<Attributes>,
): Promise<void> {
  const given = parseObject(await exchange.body(CREDENTIALS_BYTES));
  if (given?.UserName !== account.user || given?.Password !== account.password) {
    exchange.refuse(401, "credentials");
    return;
  }
  const session = sessions.open(account.user, randomBytes(16).toString("hex"), attributes());
  if (session === undefined) {
    exchange.refuse(503, "session-limit");
    return;
  }
  const path = `${folder}${session.id}`;
  const body = { "@odata.id": path, Id: session.id, Name: "User Session", UserName: session.user };
  exchange.json(201, body, { "X-Auth-Token": session.token, Location: path });
}

/** Only the session's own token ends it here. */
function end<Attributes>(exchange: Exchange, sessions: Sessions<Attributes>): void {
  const session = sessions.use(exchange.header("X-Auth-Token") ?? "");
  if (session === undefined || session.id !== exchange.params.id) {
    exchange.refuse(401, "unauthenticated");
    return;
  }
  sessions.end(session);
  exchange.send(200, {});
}
