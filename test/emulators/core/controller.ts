import { type Certificate, makeCertificate } from "../../support/certificates.ts";
import { formatAuthority } from "./authority.ts";
import { Changes } from "./changes.ts";
import { type Clock, systemClock } from "./clock.ts";
import { startControlPort } from "./control-port.ts";
import type { Family, FamilyContext, Rules, ServerLimits, TlsProfile } from "./family.ts";
import { Journal } from "./journal.ts";
import type { OddAnswer } from "./odd-answer.ts";
import type { OddHandshake } from "./odd-handshake.ts";
import { Rejections } from "./rejections.ts";
import { type Servers, startServers, WEB } from "./servers.ts";
import { type SessionLimits, Sessions } from "./sessions.ts";
import type { Silence } from "./silence.ts";
import { WebSockets } from "./websockets.ts";

export interface ControllerOptions extends Rules {
  /** Default: 127.0.0.1. */
  readonly address?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** The numbers of the family's other ports, by name. Default for each: any free one. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Default: a new one, for the address, of the profile's kind. */
  readonly certificate?: Certificate;
  /** In place of the family's; see tls-profiles.ts for old ones. */
  readonly tls?: TlsProfile;
  readonly limits?: ServerLimits & SessionLimits;
  /** How answers are written; default: as HTTP wants them. */
  readonly answers?: OddAnswer;
  /** How WebSockets' handshakes end that would be accepted; default: well. */
  readonly handshakes?: OddHandshake;
  /** Consoles' messages go out in frames of at most so many bytes; default: in one each. */
  readonly fragmentBytes?: number;
  /** How long it says nothing when it should; default: never. */
  readonly silence?: Silence;
  /** Port on which the journal and the counts can be asked for from outside this process; 0 for any free one. Default: none. */
  readonly controlPort?: number;
  /** Milliseconds since the epoch. Default: the clock's. */
  readonly now?: () => number;
  /** Default: the machine's clock. */
  readonly clock?: Clock;
}

/** A running emulator. Disposing of it cuts every connection and frees everything. */
export interface Controller<Attributes = unknown> extends AsyncDisposable {
  readonly family: string;
  readonly address: string;
  readonly port: number;
  /** Every port by name; `web` is `port`. */
  readonly ports: Readonly<Record<string, number>>;
  /** `https://…`, no slash at the end: the controller's own origin. */
  readonly url: string;
  /** Its certificate and its issuer's, PEM, and the pin of its key. */
  readonly cert: string;
  readonly ca: string;
  readonly pin: string;
  readonly journal: Journal;
  /** How often it refused something, by reason. */
  readonly rejections: ReadonlyMap<string, number>;
  readonly sessions: Sessions<Attributes>;
  readonly websockets: Pick<WebSockets, "size" | typeof Symbol.iterator>;
  /** Where the control port listens, if there is one. */
  readonly control: string | undefined;
  /** What nobody has given back: sessions not logged out, WebSockets not closed, console slots lost. */
  leaked(): number;
  /** Connections from now on meet this certificate; those that are open go on. */
  present(certificate: Pick<Certificate, "cert" | "key">): void;
  /** Resets every connection, as a controller does that loses its power; it answers new ones at once. */
  reset(): void;
  /** Resolves once the condition holds; it is looked at whenever something changes here. Rejects after 15 s. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Starts a controller of the family. */
export async function startController<Attributes>(
  family: Family<Attributes>,
  options: ControllerOptions = {},
): Promise<Controller<Attributes>> {
  await using undo = new AsyncDisposableStack();
  const address = options.address ?? "127.0.0.1";
  const state = makeState(family, options);
  const { journal, rejections, sessions, websockets, changes, clock } = state;
  // The routes name the controller's own ports, which are known once it listens.
  const listening: { servers?: Servers } = {};
  const port = (name: string) => listening.servers?.port(name) ?? notYet();
  const reject: FamilyContext<Attributes>["reject"] = (...refusal) => rejections.add(...refusal);
  const context = { sessions, changes, clock, now: clock.now, address, port, reject };
  const behaviour = family.behave(context);

  const tls = options.tls ?? family.tls ?? {};
  const certificate = options.certificate ?? (await certificateFor(address, tls));
  const rules = { ...family.rules, ...options };
  const { answers, handshakes, silence = {} } = options;
  const serving = { ...state, family, rules, answers, handshakes, silence };
  const ports = { ...options.ports, [WEB]: options.port ?? 0 };
  const limits = { ...family.limits, ...options.limits };
  const servers = undo.use(await startServers({ address, behaviour, ports, certificate, tls, limits, serving }));
  listening.servers = servers;
  undo.defer(() => websockets.terminate());

  const leaked = () => sessions.size + websockets.size + (behaviour.held?.() ?? 0);
  const seen = { journal, rejections, leaked };
  const control = options.controlPort === undefined ? undefined : await startControlPort(options.controlPort, seen);
  undo.use(control);
  const parts = undo.move();
  return {
    family: family.name,
    address,
    port: servers.port(WEB),
    ports: Object.fromEntries(servers.names.map((name) => [name, servers.port(name)])),
    url: `https://${formatAuthority(address, servers.port(WEB))}`,
    cert: certificate.cert,
    ca: certificate.ca,
    pin: certificate.pin,
    journal,
    rejections: rejections.counts,
    sessions,
    websockets,
    control: control?.url,
    leaked,
    present: (other) => servers.present(other),
    reset: () => servers.reset(),
    until: (condition) => changes.until(condition),
    close: () => parts.disposeAsync(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** The clock that a controller with these options goes by. */
export function clockOf({ now, clock }: ControllerOptions): Clock {
  return now === undefined ? (clock ?? systemClock()) : systemClock(now);
}

function makeState<Attributes>(family: Family<Attributes>, options: ControllerOptions) {
  const clock = clockOf(options);
  const limits = { ...family.limits, ...options.limits };
  const changes = new Changes();
  return {
    clock,
    changes,
    journal: new Journal(changes),
    rejections: new Rejections(changes),
    sessions: new Sessions<Attributes>({ limits, changes, now: clock.now }),
    websockets: new WebSockets({
      changes,
      clock,
      pingMs: limits.pingMs,
      fragmentBytes: options.fragmentBytes,
      silenceMs: options.silence?.socketMs,
    }),
  };
}

function certificateFor(address: string, { key }: TlsProfile): Promise<Certificate> {
  return makeCertificate({ names: [address], ...(key === undefined ? {} : { key }) });
}

function notYet(): never {
  throw new Error("the controller does not listen yet");
}
