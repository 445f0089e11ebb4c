import { createServer, type Server } from "node:https";
import { type Certificate, makeCertificate } from "../../support/certificates.ts";
import { type AuthorityRules, formatAuthority } from "./authority.ts";
import { Changes } from "./changes.ts";
import { startControlPort } from "./control-port.ts";
import type { Family, ServerLimits, TlsProfile } from "./family.ts";
import type { HandshakeRules } from "./handshake.ts";
import { Journal } from "./journal.ts";
import { listen, portOf, stopper } from "./listening.ts";
import { Rejections } from "./rejections.ts";
import { serve } from "./serving.ts";
import { type SessionLimits, Sessions } from "./sessions.ts";
import { WebSockets } from "./websockets.ts";

export interface ControllerOptions extends AuthorityRules, HandshakeRules {
  /** Default: 127.0.0.1. */
  readonly address?: string;
  /** Default: any free one. */
  readonly port?: number;
  /** Default: a new one, for the address, of the family's kind. */
  readonly certificate?: Certificate;
  readonly limits?: ServerLimits & SessionLimits;
  /** Port on which the journal and the counts can be asked for from outside this process; 0 for any free one. Default: none. */
  readonly controlPort?: number;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: () => number;
}

/** A running emulator. Disposing of it cuts every connection and frees everything. */
export interface Controller<Attributes = unknown> extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
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
  /** What nobody has given back: sessions not logged out, WebSockets not closed. */
  leaked(): number;
  /** Resolves once the condition holds; it is looked at whenever something changes here. Rejects after 15 s. */
  until(condition: () => boolean): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_IDLE_MS = 60_000;
const DEFAULT_HEADER_BYTES = 16_384;

/** Starts a controller of the family. */
export async function startController<Attributes>(
  family: Family<Attributes>,
  options: ControllerOptions = {},
): Promise<Controller<Attributes>> {
  await using undo = new AsyncDisposableStack();
  const address = options.address ?? "127.0.0.1";
  const now = options.now ?? Date.now;
  const limits = { ...family.limits, ...options.limits };
  const changes = new Changes();
  const journal = new Journal(changes);
  const rejections = new Rejections(changes);
  const sessions = new Sessions<Attributes>({ limits, changes, now });
  const websockets = new WebSockets(changes, limits.pingMs);
  const behaviour = family.behave({ sessions, changes, now, reject: (...refusal) => rejections.add(...refusal) });

  const certificate = options.certificate ?? (await certificateFor(address, family));
  const server = tlsServer(family, certificate, limits);
  const authority = () => formatAuthority(address, portOf(server));
  const rules = { ...family.handshake, ...options };
  serve(server, { family, behaviour, journal, rejections, websockets, changes, rules, now, authority });
  undo.defer(stopper(server));
  undo.defer(() => websockets.terminate());
  await listen(server, address, options.port ?? 0);

  const leaked = () => sessions.size + websockets.size;
  const state = { journal, rejections, leaked };
  const control = options.controlPort === undefined ? undefined : await startControlPort(options.controlPort, state);
  undo.use(control);
  const parts = undo.move();
  return {
    address,
    port: portOf(server),
    url: `https://${authority()}`,
    cert: certificate.cert,
    ca: certificate.ca,
    pin: certificate.pin,
    journal,
    rejections: rejections.counts,
    sessions,
    websockets,
    control: control?.url,
    leaked,
    until: (condition) => changes.until(condition),
    close: () => parts.disposeAsync(),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

function certificateFor(address: string, family: { readonly tls?: TlsProfile }): Promise<Certificate> {
  const key = family.tls?.key;
  return makeCertificate({ names: [address], ...(key === undefined ? {} : { key }) });
}

function tlsServer(
  family: { readonly tls?: TlsProfile },
  certificate: Pick<Certificate, "cert" | "key">,
  limits: ServerLimits,
): Server {
  const { key: _kind, ...tls } = family.tls ?? {};
  const idleMs = limits.connectionIdleMs ?? DEFAULT_IDLE_MS;
  const server = createServer({
    ...tls,
    cert: certificate.cert,
    key: certificate.key,
    maxHeaderSize: limits.headerBytes ?? DEFAULT_HEADER_BYTES,
    headersTimeout: idleMs,
    keepAliveTimeout: idleMs,
    // Any other protocol offered is ignored and the request answered as if it had not been.
    shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === "websocket",
  });
  server.maxConnections = limits.connections ?? Number.POSITIVE_INFINITY;
  return server;
}
