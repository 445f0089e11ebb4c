// What each family of management controllers needs: what to send it, what to repair in its answers.
// One small file a family, composed from the shared rules; `generic` for the rest.
import type { Target } from "@sallyport/shared";

/** Header names and values in turn, in the order and case of the wire. */
export type HeaderPairs = readonly string[];

/** One request on its way, as far as a platform's rules need to know it. */
export interface Passage {
  readonly target: Target;
  /** The origin under which the browser sees us. */
  readonly publicOrigin: string;
  readonly upgrade: boolean;
  /** The browser sent an Origin, which was checked. */
  readonly hasOrigin: boolean;
  readonly referer: string | undefined;
  /** What an edge says is the controller's session key, on a request of the controller's own page. */
  readonly sessionKey: string | undefined;
  /** The controller's own cookies, as text; ours are gone already. */
  readonly cookies: string;
  /** Everything else that the browser sent. */
  readonly headers: HeaderPairs;
}

export interface Platform {
  readonly name: string;
  /** What the controller gets, without the headers of a WebSocket handshake. */
  requestHeaders(passage: Passage): HeaderPairs;
  /** What the browser gets of the controller's head. */
  responseHeaders(passage: Passage, headers: HeaderPairs): HeaderPairs;
}
