import { formatAuthority } from "../core/authority.ts";
import { randomDigits } from "../core/digits.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Route } from "../core/routes.ts";
import { Tickets } from "../core/tickets.ts";
import { apiSession, type IdracSessions, redfishSession } from "./sessions.ts";

const KEY_DIGITS = 24;
const LIFE_MS = 60_000;
const GET_KVM_SESSION =
  "/redfish/v1/Managers/iDRAC.Embedded.1/Oem/Dell/DelliDRACCardService/Actions/DelliDRACCardService.GetKVMSession";

/** Two keys that open one console and one virtual medium: the first in the URL, the second over the open socket. */
export interface LaunchKeys {
  readonly first: string;
  readonly second: string;
}

export interface LaunchParts {
  readonly sessions: IdracSessions;
  readonly address: string;
  /** The port of the pages, and the one of the console. */
  readonly webPort: () => number;
  readonly consolePort: () => number;
  /** Without it there is no console: the Location is empty. */
  readonly licensed: boolean;
  readonly now: () => number;
}

/** Who may open a console: the page asks for a URL, a program for keys. */
export class Launches {
  readonly consoles: Tickets<LaunchKeys>;
  readonly media: Tickets<LaunchKeys>;
  readonly #parts: LaunchParts;

  constructor(parts: LaunchParts) {
    this.#parts = parts;
    this.consoles = new Tickets(parts.now, LIFE_MS);
    this.media = new Tickets(parts.now, LIFE_MS);
  }

  get routes(): Route[] {
    const { sessions } = this.#parts;
    return [
      { method: "GET", path: "/sysmgmt/2015/server/vconsole", handle: (exchange) => this.#location(exchange) },
      {
        method: "POST",
        path: GET_KVM_SESSION,
        handle: (exchange) => {
          if (redfishSession(exchange, sessions) === undefined) return;
          const { first, second } = this.#issue();
          exchange.json(200, { TempUsername: first, TempPassword: second });
        },
      },
    ];
  }

  /** The controller's own address and port are in a JSON body, and once more in that URL's query. */
  #location(exchange: Exchange): void {
    const { sessions, address, webPort, consolePort, licensed } = this.#parts;
    if (apiSession(exchange, sessions) === undefined) return;
    if (!licensed) {
      exchange.json(200, { Location: "" });
      return;
    }
    const { first, second } = this.#issue();
    // The address alone, as it is written before :443; the real one writes that port out.
    const host = formatAuthority(address, 443);
    const query = `ip=${host}&kvmport=${consolePort()}&title=k7f3&VCSID=${first}&VCSID2=${second}`;
    exchange.json(200, { Location: `https://${host}:${webPort()}/restgui/vconsole/index.html?${query}` });
  }

  #issue(): LaunchKeys {
    const keys = { first: randomDigits(KEY_DIGITS), second: randomDigits(KEY_DIGITS) };
    this.consoles.issue(keys.first, keys);
    this.media.issue(keys.first, keys);
    return keys;
  }
}
