/** The request target of a WebSocket between edge and origin: `/websocket/<ip>/<port>/<path>?<query>&headers=<envelope>`. */

const PREFIX = "/websocket/";
const PARAMETER = "headers=";

export interface WebSocketPath {
  readonly address: string;
  readonly port: number;
  /** The controller's path and query, byte for byte. Begins with `/`. */
  readonly target: string;
  /** Raw value of the last parameter `headers`, where there is one. */
  readonly envelope: string | undefined;
}

export interface BuildWebSocketPath {
  readonly address: string;
  readonly port: number;
  /** Path and query as the browser sent them. */
  readonly target: string;
  /** Already encoded. */
  readonly envelope: string;
}

export function isWebSocketPath(target: string): boolean {
  return target.startsWith(PREFIX);
}

export function buildWebSocketPath({ address, port, target, envelope }: BuildWebSocketPath): string {
  const separator = target.includes("?") ? "&" : "?";
  return `${PREFIX}${address}/${port}${target}${separator}${PARAMETER}${envelope}`;
}

/**
 * Takes a request target apart, or undefined where it is not of that form. With `doubledSlash` (an original edge,
 * which always doubles it) one slash before the controller's path is dropped.
 */
export function parseWebSocketPath(target: string, doubledSlash: boolean): WebSocketPath | undefined {
  const match = /^\/websocket\/([^/?#]{1,45})\/([1-9][0-9]{0,4})(\/[^#]*)$/.exec(target);
  if (!match) return undefined;
  const [, address = "", portText = "", rest = ""] = match;
  const port = Number(portText);
  if (port > 65535) return undefined;
  const { kept, envelope } = cutEnvelope(rest);
  return { address, port, target: doubledSlash && kept.startsWith("//") ? kept.slice(1) : kept, envelope };
}

/** Cuts the last parameter `headers` off a path and query, as bytes; nothing else is touched. */
export function cutEnvelope(target: string): { readonly kept: string; readonly envelope: string | undefined } {
  const question = target.indexOf("?");
  if (question < 0) return { kept: target, envelope: undefined };
  const start = lastParameter(target, question);
  if (start < 0) return { kept: target, envelope: undefined };
  const ampersand = target.indexOf("&", start);
  const end = ampersand < 0 ? target.length : ampersand;
  const before = target.slice(0, start - 1);
  const after = target.slice(end);
  const separator = start - 1 === question && after !== "" ? `?${after.slice(1)}` : after;
  return { kept: before + separator, envelope: target.slice(start + PARAMETER.length, end) };
}

function lastParameter(target: string, question: number): number {
  const at = target.lastIndexOf(`&${PARAMETER}`);
  if (at > question) return at + 1;
  return target.startsWith(PARAMETER, question + 1) ? question + 1 : -1;
}
