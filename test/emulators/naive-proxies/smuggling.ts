import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { Habit, Place } from "./front.ts";

/**
 * A proxy in two parts that sends the headers of a WebSocket from one to the other as base64 in the URL's query. On the
 * way the query is lost and a second slash is won; Host stays public, Origin becomes a bare host on every request, an
 * absent sub-protocol an empty one, a cookie `sessionKey` the header X-Auth-Token; and its own headers and cookie go on to
 * the controller. Base64 that breaks in a query is left out: what that does would differ from run to run.
 */
export const headerSmuggling: Habit = {
  spell: (name) => name,
  change: (request, place) => {
    addOwn(request.headers, place);
    if (request.headers.upgrade !== undefined) unpack(request, pack(request));
  },
};

function addOwn(headers: IncomingHttpHeaders, { controller, proxy }: Place): void {
  const [host = "", port = ""] = controller.split(":");
  headers.origin = proxy;
  headers["x-pm-host"] = host;
  headers["x-pm-port"] = port;
  headers["x-forwarded-for"] = "203.0.113.7";
  headers.cookie = [headers.cookie ?? [], "pm-session=token"].flat().join("; ");
  const key = /(?:^|; )sessionKey=([^;]*)/.exec(headers.cookie)?.[1];
  if (key !== undefined) headers["x-auth-token"] = key;
}

/** The first part: everything that the second needs, in a URL. */
function pack({ url = "/", headers }: IncomingMessage): string {
  const offered = headers["sec-websocket-protocol"] ?? "";
  const protocol = offered.includes("binary") ? "binary" : offered;
  const { cookie, origin, host } = headers;
  const envelope = Buffer.from(JSON.stringify({ cookie, origin, host, protocol })).toString("base64url");
  return `/websocket/${url.split("?")[0]}?headers=${envelope}`;
}

/** The second part: the controller's path begins behind the prefix, and the envelope was all of the query. */
function unpack(request: IncomingMessage, packed: string): void {
  const [path = "", query = ""] = packed.split("?");
  const envelope: unknown = JSON.parse(Buffer.from(query.replace("headers=", ""), "base64url").toString());
  const { protocol, ...headers } = envelope as Record<string, string>;
  request.url = path.slice("/websocket".length);
  Object.assign(request.headers, headers);
  request.headers["sec-websocket-protocol"] = protocol ?? "";
}
