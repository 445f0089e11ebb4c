import type { SecureVersion } from "node:tls";
import type { KeyKind } from "../../support/certificates.ts";
import type { AuthorityRules } from "./authority.ts";
import type { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import type { AnswerHeaders, Exchange } from "./exchange.ts";
import type { HandshakeRules } from "./handshake.ts";
import type { JournalEntry } from "./journal.ts";
import type { Route, SocketRoute } from "./routes.ts";
import type { SessionLimits, Sessions } from "./sessions.ts";

/** What a controller's TLS stack can do: old ones stop at TLS 1.0 and 1024-bit keys. */
export interface TlsProfile {
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** OpenSSL cipher list, `@SECLEVEL=0` included where the profile needs it. */
  readonly ciphers?: string;
  readonly key?: KeyKind;
}

/** Sizes and times of a controller's HTTP server. */
export interface ServerLimits {
  /** All of a request's header bytes; past it the answer is 431 and the connection closes. */
  readonly headerBytes?: number;
  /** Connections at once, over all ports taken singly; one more is reset. */
  readonly connections?: number;
  /** How long an idle connection is kept, and a request's head may take. Milliseconds. */
  readonly connectionIdleMs?: number;
  /** Requests on one connection, which then closes. Default: no limit. */
  readonly requestsPerConnection?: number;
  /** A connection ends, without a word before, as soon as its second request is on its way. Default: no. */
  readonly cutsReused?: boolean;
  /** How often the controller pings an open WebSocket. Milliseconds; default: never. */
  readonly pingMs?: number;
}

/** What the core gives to a family's routes. */
export interface FamilyContext<Attributes> {
  readonly sessions: Sessions<Attributes>;
  readonly changes: Changes;
  readonly clock: Clock;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly address: string;
  /** The number of the port of this name, once the controller listens; `web` is the one that every controller has. */
  readonly port: (name: string) => number;
  /** Counts a refusal. */
  readonly reject: (reason: string, entry?: JournalEntry) => void;
}

/** What a controller refuses whatever the path. */
export interface Rules extends AuthorityRules, HandshakeRules {
  /** Requests that carry what only belongs before a controller (see leaks.ts) are counted as `leak`, and answered all the same. */
  readonly countLeaks?: boolean;
}

/** A family of controllers: what its server is like, and how it behaves. A new family is a new value of this type. */
export interface Family<Attributes> {
  readonly name: string;
  readonly tls?: TlsProfile;
  readonly limits?: ServerLimits & SessionLimits;
  readonly rules?: Rules;
  /** Put on every answer but those to upgrades. */
  readonly answerHeaders?: AnswerHeaders;
  /** What path a request is for, where a family does not compare it byte for byte. */
  readonly normalisePath?: (path: string) => string;
  readonly behave: (context: FamilyContext<Attributes>) => Behaviour;
}

/** What is served on one port. */
export interface PortBehaviour {
  readonly routes: readonly Route[];
  readonly sockets: readonly SocketRoute[];
  /** Asked before every route, also when none fits. False: it has answered itself. */
  readonly admit?: (exchange: Exchange, route: Route | undefined) => boolean;
}

/** A family's routes at work, with what state they share. */
export interface Behaviour extends PortBehaviour {
  /** What it serves on other ports than `web`, by name. */
  readonly ports?: Readonly<Record<string, PortBehaviour>>;
  /** How many things beside sessions and WebSockets nobody has given back: console slots lost, for instance. */
  readonly held?: () => number;
}
