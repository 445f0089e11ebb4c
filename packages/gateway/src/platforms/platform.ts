// What each family of management controllers needs: what to send it, what to repair in its answers, where its sockets
// are, how it is recognised and how it is left. One small file a family, composed from the shared rules; `generic` for
// the rest. Pure: whoever dials and relays asks here.
import type { Target } from "@sallyport/shared";
import type { PlatformName } from "../config/platform-names.ts";
import type { BodyEdit } from "./body-edits.ts";
import type { Evidence } from "./evidence.ts";
import type { HeaderPairs } from "./headers.ts";
import type { Login } from "./login.ts";

/** One request on its way, as far as a platform's rules need to know it. */
export interface Passage {
  /** Where the request goes. */
  readonly target: Target;
  /** Where the controller's pages are: `target` itself, except for a socket on a second port. */
  readonly pages: Target;
  /** The origin under which the browser sees us. */
  readonly publicOrigin: string;
  readonly method: string;
  /** Path and query as the controller gets them. */
  readonly path: string;
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

/** The head of a controller's answer, as it came. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderPairs;
}

export interface Platform {
  readonly name: PlatformName;
  /** As people call it. */
  readonly label: string;
  /** Ports beside that of the pages on which its consoles or media listen. */
  readonly secondPorts: readonly number[];
  /** HTTP connections that it bears at once. */
  readonly connections: number;
  /** Its answers break HTTP's rules in ways that are known and harmless; they are read leniently. */
  readonly lenientHttp: boolean;
  /** Some of its firmware knows TLS 1.0 or weak keys only: networks listed in `LEGACY_TLS` may have it so. */
  readonly legacyTls: boolean;
  /** What the controller gets, without the headers of a WebSocket handshake. */
  requestHeaders(passage: Passage): HeaderPairs;
  /** What the browser gets of the controller's head. */
  responseHeaders(passage: Passage, answer: AnswerHead): HeaderPairs;
  /** How the body of this answer has to be changed; absent or undefined: not at all. */
  bodyEdit?(passage: Passage, answer: AnswerHead): BodyEdit | undefined;
  /** What of a log-in is held, so that it can be given back. */
  readonly login?: Login;
  /** What a console must be told before it is closed, as one message; undefined for other sockets. */
  farewell?(path: string): Uint8Array | undefined;
  /** Paths that anybody may ask for and whose answers `recognise` looks at. */
  readonly probes: readonly string[];
  /** Whether these answers are this family's. */
  recognise(evidence: Evidence): boolean;
}
