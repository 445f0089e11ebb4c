import {
  addressInUrl,
  allow,
  buildWebSocketPath,
  deny,
  encodeEnvelope,
  GATEWAY_COOKIE,
  type Result,
} from "@sallyport/shared";
import { type Entrance, isUpgrade } from "./gate.ts";
import { rankGateways } from "./gateways.ts";
import {
  assertRequest,
  copyAuthToken,
  edgeEnvelope,
  gatewayHeaders,
  legacyEnvelope,
  takePageEnvelope,
} from "./headers.ts";
import type { Settings } from "./settings.ts";

export interface ForwardParts {
  readonly settings: Settings;
  readonly fetch: typeof fetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** A request on its way to a gateway, but for which one. */
interface Outgoing {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: ReadableStream | null;
}

/** Sends an admitted request on, with headers of ours beside its own. The answer is the gateway's, or a refusal where none could be reached. */
export async function forward(
  parts: ForwardParts,
  request: Request,
  entrance: Entrance,
  more: Readonly<Record<string, string>> = {},
): Promise<Result<Response>> {
  const outgoing = isUpgrade(request)
    ? upgradeRequest(parts, request, entrance)
    : httpRequest(parts, request, entrance);
  if (!outgoing.ok) return outgoing;
  for (const [name, value] of Object.entries(more)) outgoing.value.headers.set(name, value);
  return send(parts, outgoing.value, entrance);
}

function httpRequest({ settings }: ForwardParts, request: Request, entrance: Entrance): Result<Outgoing> {
  const { method, body } = request;
  if (method === "TRACE" || method === "CONNECT") return deny("request-method");
  if (body !== null && (method === "GET" || method === "HEAD")) return deny("request-body");
  return allow({
    method,
    target: targetOf(request),
    headers: gatewayHeaders(request, entrance, settings.legacyWire),
    body,
  });
}

function targetOf(request: Request): string {
  const url = new URL(request.url);
  return url.pathname + url.search;
}

function upgradeRequest({ settings }: ForwardParts, request: Request, entrance: Entrance): Result<Outgoing> {
  const page = takePageEnvelope(targetOf(request));
  if (!page.ok) return page;
  const headers = gatewayHeaders(request, entrance, settings.legacyWire);
  headers.delete("sec-websocket-extensions");
  for (const [name, value] of Object.entries(page.value.headers)) if (!headers.has(name)) headers.set(name, value);
  copyAuthToken(headers);
  const envelope = settings.legacyWire ? packLegacy(request, entrance, headers) : edgeEnvelope(request);
  const target = buildWebSocketPath({
    address: entrance.claims.ip,
    port: entrance.port,
    target: page.value.target,
    envelope: encodeEnvelope(envelope),
  });
  return allow({ method: "GET", target, headers, body: null });
}

/** The original gateway reads nothing but its envelope: secrets travel in it and not beside it. */
function packLegacy(request: Request, { token, controllerCookies }: Entrance, headers: Headers) {
  headers.delete("cookie");
  return legacyEnvelope(request, [`${GATEWAY_COOKIE}=${token}`, controllerCookies].filter(Boolean).join("; "));
}

/** Statuses with which Cloudflare says that it did not reach an origin. */
const FIRST_EDGE_STATUS = 520;
const LAST_EDGE_STATUS = 530;

/** To the first gateway that can be reached; the next one is tried only while nothing was sent that cannot be again. */
async function send(parts: ForwardParts, outgoing: Outgoing, entrance: Entrance): Promise<Result<Response>> {
  const { settings } = parts;
  const named = (entrance.claims.upstream ?? []).filter((name) => settings.upstreams?.includes(name) ?? true);
  for (const gateway of await rankGateways(entrance.claims.ip, named)) {
    const answer = await sendTo(gateway, parts, outgoing, entrance);
    if (answer !== undefined) return allow(answer);
    if (outgoing.body !== null) break;
  }
  return deny("gateway-unreachable");
}

async function sendTo(
  gateway: string,
  parts: ForwardParts,
  outgoing: Outgoing,
  entrance: Entrance,
): Promise<Response | undefined> {
  const { settings, now } = parts;
  const url = new URL(`https://${authority(gateway)}:${settings.proxyPort}${outgoing.target}`);
  const headers = new Headers(outgoing.headers);
  await assertRequest({ method: outgoing.method, url, headers }, { entrance, settings, now: now() });
  const { method, body } = outgoing;
  try {
    const answer = await parts.fetch(url, { method, headers, body, redirect: "manual", cache: "no-store" });
    return isUnreached(answer) ? undefined : answer;
  } catch (error) {
    console.warn(`gateway ${gateway} not reached: ${error instanceof Error ? error.name : "unknown"}`);
    return undefined;
  }
}

function isUnreached({ status, headers }: Response): boolean {
  return status >= FIRST_EDGE_STATUS && status <= LAST_EDGE_STATUS && headers.get("server") === "cloudflare";
}

/** A gateway's name without the port that the original's tokens may carry. */
function authority(gateway: string): string {
  const bare = gateway.replace(/(?<=^[^:]*|\]):[0-9]+$/, "");
  return addressInUrl(bare.replace(/^\[|\]$/g, ""));
}
