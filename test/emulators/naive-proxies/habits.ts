// Proxies that do one thing wrong each, as controls: what a controller's emulator must notice, and a gateway must not do.
import type { IncomingMessage } from "node:http";
import type { Habit, Place } from "./front.ts";

type Change = NonNullable<Habit["change"]>;

/** All in turn. */
function each(...changes: readonly Change[]): Change {
  return (request, place) => {
    for (const change of changes) change(request, place);
  };
}

/** Host, Origin and Referer become the controller's own where they were the proxy's. */
function mapAuthority({ headers }: IncomingMessage, { controller, proxy }: Place): void {
  const map = (value: string) => value.replace(`https://${proxy}`, `https://${controller}`);
  headers.host = controller;
  if (headers.origin !== undefined) headers.origin = mapPort(headers.origin, controller);
  if (headers.referer !== undefined) headers.referer = map(headers.referer);
}

/** A console on a second port is opened from a page on the first: its Origin is the page's. */
function mapPort(origin: string, controller: string): string {
  return origin.replace(/^https:\/\/[^:]+/, `https://${controller.replace(/:\d+$/, "")}`);
}

/** Nothing wrong that the families here would notice: the control of the controls. */
export const careful: Habit = {
  change: mapAuthority,
  spell: (name) => name,
  answers: { bodyOf: "/sysmgmt/2015/server/vconsole" },
};

/** Everything as it came, Host too. */
export const hostPreserving: Habit = { spell: (name) => name };

/** Host is the controller's; Origin and Referer are still the public ones. */
export const hostRewriting: Habit = {
  spell: (name) => name,
  change: ({ headers }, { controller }) => {
    headers.host = controller;
  },
};

/** Names as Go's net/http writes them: a capital after each dash, and none elsewhere. */
export const headerCanonicalising: Habit = {
  ...careful,
  spell: (name) => name.toLowerCase().replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase()),
};

/** WebSockets are opened by path alone. */
export const queryDropping: Habit = {
  ...careful,
  change: each(mapAuthority, (request) => {
    if (request.headers.upgrade !== undefined) request.url = request.url?.split("?")[0] ?? "/";
  }),
};

/** Every WebSocket's sub-protocol is `binary`. */
export const binaryForcing: Habit = {
  ...careful,
  change: each(mapAuthority, ({ headers }) => {
    if (headers.upgrade !== undefined) headers["sec-websocket-protocol"] = "binary";
  }),
};

/** Answers are wanted uncompressed, to be read and changed. */
export const encodingStripping: Habit = {
  ...careful,
  change: each(mapAuthority, ({ headers }) => {
    delete headers["accept-encoding"];
  }),
};
