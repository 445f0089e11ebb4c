import type { IncomingMessage } from "node:http";
import {
  allow,
  asksForServiceWorker,
  type Cookie,
  deny,
  type Envelope,
  GATEWAY_COOKIE,
  Header,
  isOwnCookie,
  parseSecondPort,
  parseWebSocketPath,
  provenanceKind,
  type Result,
  readCookies,
  WIRE_VERSION,
  writeCookies,
} from "@sallyport/shared";
import type { WebAttempt } from "../../admission/attempt.ts";
import { headerValues } from "../../platforms/headers.ts";
import { readEnvelope } from "./envelopes.ts";
import { type Head, readHead } from "./head.ts";
import { publicView } from "./origin.ts";

/** A request as it was read: what is asked of admission, and what goes on if it is admitted. */
export interface WebRequest {
  readonly attempt: WebAttempt;
  /** Path and query for the controller, byte for byte. */
  readonly path: string;
  /** The controller's cookies. */
  readonly cookies: string;
  /** Everything else for the controller, names and values in turn. */
  readonly headers: readonly string[];
  readonly hasOrigin: boolean;
  readonly referer: string | undefined;
  /** The controller's session key as the edge read it from a cookie, where a page of our own origin asks. */
  readonly sessionKey: string | undefined;
  readonly hasBody: boolean;
  /** The client reads bodies that are packed with gzip (RFC 9110, 12.5.3). */
  readonly takesGzip: boolean;
  /** The sub-protocols offered on an upgrade, verbatim. */
  readonly protocols: string | undefined;
  /** A fresh token, on a renewal. */
  readonly renewal: string | undefined;
}

export interface ReadOptions {
  readonly requestId: string;
  /** The session cookie's name. */
  readonly cookie: string;
}

const DIGITS = /^[1-9][0-9]{0,4}$/;
/** gzip or everything, unless with a weight of nought. */
const GZIP_TAKEN = /(?:^|[\s,])(?:gzip|x-gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i;
const SAFE_WITHOUT_BODY = new Set(["GET", "HEAD"]);

/** Reads an HTTP request (row P-04). */
export function readHttp(message: IncomingMessage, options: ReadOptions): Result<WebRequest> {
  const read = readCommon(message, message.socket);
  if (!read.ok) return read;
  const head = read.value;
  const method = message.method ?? "";
  if (method === "TRACE" || method === "CONNECT") return deny("request-method", method);
  const hasBody = bodyFollows(head);
  if (hasBody && SAFE_WITHOUT_BODY.has(method)) return deny("request-body");
  const address = head.single.get(Header.host);
  if (address === undefined) return deny("target-missing");
  const port = readPort(head);
  if (!port.ok) return port;
  const { cookies } = head;
  const common = { message, head, options, cookies, envelope: undefined, path: message.url ?? "/", hasBody };
  return allow(buildRequest(common, { address, ...port.value }, "http"));
}

/** Reads a WebSocket upgrade in our wire or the original's (row P-06). */
export function readUpgrade(message: IncomingMessage, options: ReadOptions): Result<WebRequest> {
  const read = readCommon(message);
  if (!read.ok) return read;
  const head = read.value;
  const fault = handshakeFault(message, head);
  if (fault !== undefined) return deny("handshake-malformed", fault);
  const legacy = head.single.get(Header.wire) !== WIRE_VERSION;
  const parsed = parseWebSocketPath(message.url ?? "", legacy);
  if (!parsed) return deny("request-form", "websocket-path");
  if (parsed.envelope === undefined) return deny("envelope-missing");
  const envelope = readEnvelope(parsed.envelope);
  if (!envelope.ok) return envelope;
  const cookies = [...head.cookies, ...readCookies(envelope.value.cookie)];
  const { address, port, target } = parsed;
  const second = parseSecondPort(target);
  const path = second?.path ?? target;
  const common = { message, head, options, cookies, envelope: envelope.value, path, hasBody: false };
  const wanted = second ? { address, port, second: second.port } : { address, port };
  return allow(buildRequest(common, wanted, "websocket"));
}

/** `connection`: where more requests may follow. */
function readCommon(message: IncomingMessage, connection?: object): Result<Head> {
  if (!message.url?.startsWith("/")) return deny("request-form", "target");
  const head = readHead(message.rawHeaders, connection);
  if (!head.ok) return head;
  const fault = framingFault(message, head.value);
  return fault === undefined ? head : deny("request-form", fault);
}

/**
 * What could be framed in another way by whoever stands before or behind us: a version in which there are no heads
 * (RFC 9112, 2.3), a coding that we would not undo (6.1), chunks in HTTP/1.0 (where this parser sees no body at all), no
 * Host (3.2).
 */
function framingFault({ httpVersion }: IncomingMessage, { single }: Head): string | undefined {
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return "version";
  const coding = single.get("transfer-encoding");
  if (coding !== undefined && (coding.toLowerCase() !== "chunked" || httpVersion !== "1.1")) return "transfer-encoding";
  return httpVersion === "1.1" && !single.has("host") ? "host" : undefined;
}

function bodyFollows({ single }: Pick<Head, "single">): boolean {
  const length = single.get("content-length");
  return single.has("transfer-encoding") || (length !== undefined && length !== "0");
}

function readPort({ single }: Head): Result<{ port?: number }> {
  const text = single.get(Header.port);
  if (text === undefined || text === "") return allow({});
  return DIGITS.test(text) && Number(text) <= 65535 ? allow({ port: Number(text) }) : deny("request-form", "port");
}

function handshakeFault({ method }: IncomingMessage, { single }: Pick<Head, "single">): string | undefined {
  if (method !== "GET") return "method";
  // What would follow is frames: a controller that counted them as a body would be out of step.
  if (bodyFollows({ single })) return "body";
  if (single.get("upgrade")?.toLowerCase() !== "websocket") return "upgrade";
  if (single.get("sec-websocket-version") !== "13") return "version";
  return /^[A-Za-z0-9+/]{22}==$/.test(single.get("sec-websocket-key") ?? "") ? undefined : "key";
}

interface Common {
  readonly message: IncomingMessage;
  readonly head: Head;
  readonly options: ReadOptions;
  readonly cookies: readonly Cookie[];
  /** Undefined for HTTP. */
  readonly envelope: Envelope | undefined;
  /** The controller's. */
  readonly path: string;
  readonly hasBody: boolean;
}

function buildRequest(common: Common, wanted: WebAttempt["wanted"], transport: "http" | "websocket"): WebRequest {
  const { message, head, options, cookies, envelope, path, hasBody } = common;
  const { single } = head;
  const origin = envelope?.origin ?? single.get("origin");
  const host = envelope?.host ?? single.get(Header.forwardedHost) ?? single.get("host");
  const { tokens, controllerCookies } = sortCookies(cookies, options.cookie);
  const { publicHost, publicOrigin } = publicView(host, single.get(Header.forwardedProto), origin);
  return {
    attempt: {
      entrypoint: "web",
      transport,
      requestId: options.requestId,
      tokens,
      sessionId: single.get(Header.session),
      wanted,
      publicHost,
      publicOrigin,
      provenance: {
        kind: transport === "websocket" ? "upgrade" : provenanceKind(message.method ?? ""),
        origin,
        fetchSite: single.get("sec-fetch-site"),
        fetchMode: single.get("sec-fetch-mode"),
        serviceWorker: asksForServiceWorker(single.get("service-worker"), single.get("sec-fetch-dest")),
        controllerCookies: controllerCookies.length > 0,
      },
      clientAddress: single.get(Header.clientAddress),
      peer: () => message.socket.remoteAddress,
      edge: { assertion: single.get(Header.assertion), method: message.method ?? "", target: message.url ?? "" },
    },
    path,
    hasBody,
    cookies: writeCookies(controllerCookies),
    headers: passedHeaders(head, envelope),
    hasOrigin: origin !== undefined,
    referer: single.get("referer"),
    sessionKey: single.get("sec-fetch-site") === "same-origin" ? single.get(Header.token) : undefined,
    takesGzip: head.acceptEncoding !== "" && GZIP_TAKEN.test(head.acceptEncoding),
    protocols: protocolsOf(head, envelope),
    renewal: single.get(Header.renewal),
  };
}

interface SortedCookies {
  /** The values of the session's cookies, under the name that is configured and under the edge's. */
  readonly tokens: readonly string[];
  readonly controllerCookies: readonly Cookie[];
}

function sortCookies(cookies: readonly Cookie[], name: string): SortedCookies {
  const tokens: string[] = [];
  const controllerCookies: Cookie[] = [];
  for (const cookie of cookies) {
    if (cookie.name === name || cookie.name === GATEWAY_COOKIE) tokens.push(cookie.value);
    else if (!isOwnCookie(cookie.name, name)) controllerCookies.push(cookie);
  }
  return { tokens, controllerCookies };
}

function protocolsOf({ raw }: Head, envelope: Envelope | undefined): string | undefined {
  const offered = envelope?.["sec-websocket-protocol"];
  if (offered !== undefined || !envelope) return offered;
  const values = headerValues(raw, "sec-websocket-protocol");
  return values.length === 0 ? undefined : values.join(", ");
}

/** What an edge's own client makes up for the handshake; the browser's own stand in the envelope. */
const REPLACED_BY_ENVELOPE = ["User-Agent", "Accept-Language", "Accept-Encoding", "Pragma"].map((name) => {
  return { name, lower: name.toLowerCase() };
});
const REPLACED_LENGTHS: readonly number[] = REPLACED_BY_ENVELOPE.map(({ lower }) => lower.length);

/** Most names are passed over by their length alone. */
function isReplaced(name: string): boolean {
  if (!REPLACED_LENGTHS.includes(name.length)) return false;
  const lower = name.toLowerCase();
  return REPLACED_BY_ENVELOPE.some((one) => one.lower === lower);
}

/**
 * The headers that go on: those received and, on an upgrade, the envelope's over the edge client's own. An original
 * edge's real headers are its client library's only, and all dropped (row P-06).
 */
function passedHeaders({ raw, single }: Head, envelope: Envelope | undefined): readonly string[] {
  const pairs = envelope && single.get(Header.wire) !== WIRE_VERSION ? [] : realHeaders(raw, envelope);
  for (const { name, lower } of REPLACED_BY_ENVELOPE) {
    const value = envelope?.[lower];
    if (value !== undefined) pairs.push(name, value);
  }
  const token = single.get(Header.authToken);
  if (token !== undefined && !single.has("x-auth-token")) pairs.push("X-Auth-Token", token);
  return pairs;
}

function realHeaders(raw: readonly string[], envelope: Envelope | undefined): string[] {
  if (!envelope) return [...raw];
  const pairs: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (isReplaced(name)) continue;
    pairs.push(name, raw[index + 1] as string);
  }
  return pairs;
}
