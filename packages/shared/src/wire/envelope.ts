import { allow, deny, type Result } from "../result.ts";

/**
 * The header envelope of a WebSocket upgrade: base64 of a JSON object of strings, in the query parameter `headers`.
 * It carries what the edge's platform rewrites or derives from the URL (rows P-06, P-09). Values are Latin-1, as
 * header values are.
 */
export type Envelope = Readonly<Record<string, string>>;

/** Longest encoded envelope: Cloudflare takes URLs of 16 KiB. */
export const MAX_ENVELOPE_LENGTH = 16_384;
const MAX_HEADERS = 32;

/** What an original edge packs (row P-09). Ours packs those without secrets. */
export const LEGACY_HEADERS: ReadonlySet<string> = new Set([
  "accept-encoding",
  "accept-language",
  "connection",
  "cookie",
  "host",
  "origin",
  "pragma",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "upgrade",
  "user-agent",
]);

/** What our edge packs: headers that the platform between rewrites or derives from the URL; no secrets. */
export const EDGE_HEADERS = [
  "host",
  "origin",
  "connection",
  "accept-encoding",
  "user-agent",
  "accept-language",
  "pragma",
];

/** What a page may pack, since a browser sets no headers on a WebSocket: credentials of the controller's own. */
export const PAGE_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "x-auth-token",
  "x-csrftoken",
  "x-csrf-token",
  "x-xsrf-token",
  "xsrf-token",
  "csrf_token",
  "csrf-token",
  "st2",
]);

const NAME = /^[a-z0-9_-]{1,64}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN_IN_VALUE = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/;

/** Encodes headers for the query: JSON, base64, and its three reserved characters percent-encoded. */
export function encodeEnvelope(headers: Envelope): string {
  return encodeURIComponent(btoa(JSON.stringify(headers)));
}

/**
 * Decodes what stands behind `headers=`: percent-encoded or bare base64 (a space is a `+` that a form decoder ate),
 * or base64url. Names come back in lower case.
 * Refuses with `envelope-too-large`, `envelope-malformed` (not base64, not a JSON object of strings) or
 * `envelope-header` (a name outside `allowed`, named twice, or a control character in a value).
 */
export function decodeEnvelope(raw: string, allowed: ReadonlySet<string>): Result<Envelope> {
  if (raw.length > MAX_ENVELOPE_LENGTH) return deny("envelope-too-large");
  const parsed = parseEnvelope(raw);
  if (!parsed) return deny("envelope-malformed");
  const entries = Object.entries(parsed);
  if (entries.length > MAX_HEADERS) return deny("envelope-too-large");
  let isLower = true;
  for (const [key, value] of entries) {
    const name = key.toLowerCase();
    if (faultOf(name, value, allowed)) return deny("envelope-header", NAME.test(name) ? name : "unnamable");
    isLower &&= name === key;
  }
  // As every edge writes it: nothing to do over.
  return isLower ? allow(parsed) : inLowerCase(entries);
}

function inLowerCase(entries: readonly [string, string][]): Result<Envelope> {
  const headers: Record<string, string> = {};
  for (const [key, value] of entries) {
    const name = key.toLowerCase();
    if (Object.hasOwn(headers, name)) return deny("envelope-header", name);
    headers[name] = value;
  }
  return allow(headers);
}

function faultOf(name: string, value: string, allowed: ReadonlySet<string>): boolean {
  return !NAME.test(name) || !allowed.has(name) || FORBIDDEN_IN_VALUE.test(value);
}

/** The JSON object of strings, or undefined where the text is no envelope at all. */
export function parseEnvelope(raw: string): Record<string, string> | undefined {
  const text = decodeBase64(raw);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isStringMap(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isStringMap(value: unknown): value is Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => typeof entry === "string");
}

function decodeBase64(raw: string): string | undefined {
  const percent = raw.includes("%") ? decodePercent(raw) : raw;
  if (percent === undefined) return undefined;
  const spelled = withoutPadding(percent);
  const base64 = BASE64.test(spelled)
    ? spelled
    : spelled.replaceAll(" ", "+").replaceAll("-", "+").replaceAll("_", "/");
  if (base64.length === 0 || base64.length % 4 === 1 || !BASE64.test(base64)) return undefined;
  return atob(base64);
}

const BASE64 = /^[A-Za-z0-9+/]*$/;

/** Padding says nothing; there may be two of it. */
function withoutPadding(text: string): string {
  if (text.endsWith("==")) return text.slice(0, -2);
  return text.endsWith("=") ? text.slice(0, -1) : text;
}

function decodePercent(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Header values leave as Latin-1 bytes; anything above cannot stand in a header and is dropped whole. */
export function isHeaderText(value: string): boolean {
  return !FORBIDDEN_IN_VALUE.test(value);
}
