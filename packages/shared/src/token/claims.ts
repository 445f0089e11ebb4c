// The session token: what it may say (claims), who may have signed it (keys), and whether it holds (verify).
import { allow, deny, type Result } from "../result.ts";
import { isAddressOrNetwork, networkCovers, parseAddress, parseNetwork } from "../target/address.ts";

/** Leeway for `nbf` and `iat`, in seconds. Expiry has none. */
export const CLOCK_LEEWAY = 10;

/** Latest expiry that a JavaScript date can express, in seconds. */
const MAX_NUMERIC_DATE = 8.64e12;
const MAX_TEXT = 512;
const MAX_LIST = 32;

/** What a signed session token says. Unknown claims are ignored; a claim of the wrong type refuses the token. */
export interface Claims {
  /** Seconds since the epoch (RFC 7519, 4.1). Required. */
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
  /** The controller's address in canonical form (row P-03). Required. */
  readonly ip: string;
  /** Gateways that serve this target: host names or addresses without a port, in lower case. Required at the edge. */
  readonly upstream?: readonly string[];
  /** The only port that the token opens. */
  readonly port?: number;
  /** The ports that the token opens, when the edge names one of them. */
  readonly ports?: readonly number[];
  readonly scheme?: "https" | "http";
  readonly platform?: string;
  /** The public host name, in lower case, on which the token is valid. */
  readonly host?: string;
  /** Pins of the controller's key: SHA-256 of its SubjectPublicKeyInfo, base64url. */
  readonly spki?: readonly string[];
  /** Address or network that the client must come from. */
  readonly cip?: string;
  readonly sub?: string;
  readonly tenant?: string;
  readonly jti?: string;
  readonly aud?: readonly string[];
  /** How many sessions may be open with this token at once. */
  readonly max?: number;
  /** Where the provider issues fresh tokens. */
  readonly renew?: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string" && value.length > 0 && value.length <= MAX_TEXT;
const isDate: Check = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= MAX_NUMERIC_DATE;
const isPort: Check = (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
const isPin: Check = (value) => typeof value === "string" && /^[A-Za-z0-9_-]{43}$/.test(value);
const isHost: Check = (value) => typeof value === "string" && value.length <= 253 && HOST.test(value);
const isGateway: Check = (value) => typeof value === "string" && value.length <= 253 && GATEWAY.test(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.length <= MAX_LIST && value.every(check);
const oneOrList =
  (check: Check): Check =>
  (value) =>
    check(value) || listOf(check)(value);

/** Host names and addresses as they stand in a URL's authority, an optional port included, in lower case. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

/** The same for a gateway: any case, no port, and the underscores and final dots that names inside a network have. */
const GATEWAY = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])$/i;

const checks: Readonly<Record<keyof Claims, Check>> = {
  exp: isDate,
  nbf: isDate,
  iat: isDate,
  ip: isText,
  upstream: oneOrList(isGateway),
  port: isPort,
  ports: listOf(isPort),
  scheme: (value) => value === "https" || value === "http",
  platform: isText,
  host: isHost,
  spki: oneOrList(isPin),
  cip: (value) => typeof value === "string" && isAddressOrNetwork(value),
  sub: isText,
  tenant: isText,
  jti: isText,
  aud: oneOrList(isText),
  max: (value) => Number.isInteger(value) && (value as number) >= 1,
  renew: isText,
};

/** Claims that may be one string or a list of them, and are a list ever after. */
const lists = new Set<string>(["upstream", "spki", "aud"]);

/**
 * Reads a token's payload (a parsed JSON value) into claims.
 * Refuses with `token-claim` what is missing or of the wrong type, with `target-address-form` an `ip` that is not
 * an address in canonical form.
 */
export function readClaims(payload: unknown): Result<Claims> {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return deny("token-malformed");
  const claims: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    if (!Object.hasOwn(payload, name)) continue;
    const value = (payload as Record<string, unknown>)[name];
    if (!check(value)) return deny("token-claim", name);
    claims[name] = canonical(name, value);
  }
  if (claims.exp === undefined) return deny("token-claim", "exp");
  if (claims.ip === undefined) return deny("token-claim", "ip");
  if (!parseAddress(claims.ip as string)) return deny("target-address-form");
  return allow(claims as unknown as Claims);
}

function canonical(name: string, value: unknown): unknown {
  if (!lists.has(name)) return value;
  const list: readonly string[] = Array.isArray(value) ? value : [value];
  return name === "upstream" ? list.map((host) => host.toLowerCase()) : list;
}

/** Expiry and start against the wall clock. `now` in seconds since the epoch; a clock that says NaN lets nobody in. */
export function checkTime(claims: Claims, now: number): Result<Claims> {
  if (!(now < claims.exp)) return deny("token-expired");
  if (claims.nbf !== undefined && now + CLOCK_LEEWAY < claims.nbf) return deny("token-not-yet-valid", "nbf");
  if (claims.iat !== undefined && now + CLOCK_LEEWAY < claims.iat) return deny("token-not-yet-valid", "iat");
  return allow(claims);
}

/** The claim `aud` must name us, where it is there and we have a name. */
export function checkAudience(claims: Claims, audience: string | undefined): Result<Claims> {
  if (claims.aud === undefined || audience === undefined) return allow(claims);
  return claims.aud.includes(audience) ? allow(claims) : deny("token-audience");
}

/** The claim `host` against the public host (`name` or `name:port`, as in a Host header). */
export function checkHost(claims: Claims, publicHost: string | undefined): Result<Claims> {
  if (claims.host === undefined) return allow(claims);
  const host = publicHost?.toLowerCase();
  if (host === undefined) return deny("token-host");
  const matches = host === claims.host || hostName(host) === claims.host;
  return matches ? allow(claims) : deny("token-host");
}

function hostName(host: string): string {
  return host.replace(/:[0-9]*$/, "");
}

/**
 * Whether `next` may take `current`'s place in a running session: the same target and principal (or none in both),
 * and claims that are equal or narrower. Expiry is what renewal is for and may grow.
 */
export function narrows(current: Claims, next: Claims): boolean {
  const same = next.ip === current.ip && next.sub === current.sub && next.tenant === current.tenant;
  if (!same || schemeOf(next) !== schemeOf(current)) return false;
  const values = comparable.every((name) => narrowsValue(current[name], next[name]));
  return values && narrowsClient(current.cip, next.cip) && narrowsPorts(current, next);
}

const comparable = ["platform", "host", "spki", "aud", "max", "upstream"] as const;

/** A token without the claim means `https`: `http` in its successor changes the target. */
function schemeOf(claims: Claims): string {
  return claims.scheme ?? "https";
}

function narrowsClient(current: string | undefined, next: string | undefined): boolean {
  if (current === undefined) return true;
  const outer = parseNetwork(current);
  const inner = next === undefined ? undefined : parseNetwork(next);
  return outer !== undefined && inner !== undefined && networkCovers(outer, inner);
}

function narrowsValue(current: unknown, next: unknown): boolean {
  if (current === undefined) return true;
  if (Array.isArray(current)) return Array.isArray(next) && next.every((item) => current.includes(item));
  if (typeof current === "number") return typeof next === "number" && next <= current;
  return next === current;
}

function narrowsPorts(current: Claims, next: Claims): boolean {
  const before = portsOf(current);
  const after = portsOf(next);
  return before === undefined || (after?.every((port) => before.includes(port)) ?? false);
}

function portsOf(claims: Claims): readonly number[] | undefined {
  return claims.port === undefined ? claims.ports : [claims.port];
}
