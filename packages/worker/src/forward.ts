import { allow, buildWebSocketPath, deny, encodeEnvelope, GATEWAY_COOKIE, type Result } from "@sallyport/shared";
import {
  dropHeadersParameters,
  edgeEnvelope,
  legacyEnvelope,
  type PageEnvelope,
  takePageEnvelope,
} from "./envelopes.ts";
import type { Entrance } from "./gate.ts";
import type { Gateways } from "./gateways.ts";
import { assertRequest, copyAuthToken, gatewayHeaders } from "./headers.ts";
import type { Settings } from "./settings.ts";
import { isUpgrade, targetOf } from "./view.ts";

export interface ForwardParts {
  readonly settings: Settings;
  readonly gateways: Gateways;
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
  const headers = gatewayHeaders(request, entrance, settings.legacyWire);
  return allow({ method, target: targetOf(request), headers, body });
}

function upgradeRequest({ settings }: ForwardParts, request: Request, entrance: Entrance): Result<Outgoing> {
  if (request.method !== "GET") return deny("handshake-malformed", "method");
  const page = takePageEnvelope(targetOf(request));
  if (!page.ok) return page;
  const headers = upgradeHeaders(settings, { request, entrance, page: page.value });
  const envelope = settings.legacyWire ? packLegacy(request, entrance, headers) : edgeEnvelope(request);
  const target = buildWebSocketPath({
    address: entrance.claims.ip,
    port: entrance.port,
    target: settings.legacyWire ? dropHeadersParameters(page.value.target) : page.value.target,
    envelope: encodeEnvelope(envelope),
  });
  return allow({ method: "GET", target, headers, body: null });
}

interface Upgrade {
  readonly request: Request;
  readonly entrance: Entrance;
  readonly page: PageEnvelope;
}

function upgradeHeaders({ legacyWire }: Settings, { request, entrance, page }: Upgrade): Headers {
  const headers = gatewayHeaders(request, entrance, legacyWire);
  headers.set("upgrade", "websocket");
  // With compression workerd takes frames apart and puts them together anew: fragments and pings would not pass.
  headers.delete("sec-websocket-extensions");
  for (const [name, value] of Object.entries(page.headers)) if (!headers.has(name)) headers.set(name, value);
  if (!legacyWire) copyAuthToken(headers);
  return headers;
}

/** The original gateway reads nothing but its envelope: secrets travel in it and not beside it. */
function packLegacy(request: Request, { token, controllerCookies }: Entrance, headers: Headers) {
  headers.delete("cookie");
  return legacyEnvelope(request, [`${GATEWAY_COOKIE}=${token}`, controllerCookies].filter(Boolean).join("; "));
}

/**
 * What may go to a second gateway after a first failed, who knows how far: the safe methods, upgrades among them. A
 * power cycle that went out twice is worse than one that a person has to ask for again.
 */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

function send(
  { settings, gateways, now }: ForwardParts,
  outgoing: Outgoing,
  entrance: Entrance,
): Promise<Result<Response>> {
  const { method, target, body } = outgoing;
  const { ip, upstream = [] } = entrance.claims;
  return gateways.send({
    gateways: upstream.filter((name) => settings.upstreams?.includes(name) ?? true),
    address: ip,
    repeatable: REPEATABLE.has(method) && body === null,
    build: async (gateway) => {
      const headers = new Headers(outgoing.headers);
      await assertRequest({ method, target, headers }, { entrance, settings, now: now() });
      const url = `https://${gateway}:${settings.proxyPort}${target}`;
      return new Request(url, { method, headers, body, redirect: "manual", cache: "no-store" });
    },
  });
}
