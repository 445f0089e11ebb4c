// The edge: a Worker that lets in only who holds a good token, and sends the rest of the way what it was sent.
// It reads its variables here, once; what is wrong with them is logged and answered with a 500.
import { type Algorithm, isAlgorithm, joinKeySets, jwkKeySet, type KeySet, secretKeySet } from "@sallyport/shared";

/** The Worker's variables and secrets, as text (`wrangler.example.jsonc` explains each). */
export interface Bindings {
  readonly JWT_SECRET?: string;
  readonly JWT_JWKS?: string;
  readonly JWT_ALGORITHMS?: string;
  readonly JWT_AUDIENCE?: string;
  readonly JWT_COOKIE?: string;
  readonly PROXY_PORT?: string;
  readonly PM_PORT?: string;
  readonly UPSTREAMS?: string;
  readonly EDGE_KEY?: string;
  readonly WIRE?: string;
  readonly PORTAL_ORIGINS?: string;
  readonly ALLOW_NO_ORIGIN?: string;
  readonly ASSET_CACHE?: string;
  readonly SENTRY_DSN?: string;
}

export interface Settings {
  readonly keys: KeySet;
  readonly algorithms: readonly Algorithm[];
  readonly audience: string | undefined;
  /** The session cookie's name towards browsers. */
  readonly cookie: string;
  /** The gateways' port. */
  readonly proxyPort: number;
  /** The controllers' port, where the token names none. */
  readonly pmPort: number | undefined;
  /** The gateways that a token may name; undefined: any. */
  readonly upstreams: readonly string[] | undefined;
  readonly edgeKey: string | undefined;
  /** Speak the original gateway's wire. */
  readonly legacyWire: boolean;
  readonly portalOrigins: readonly string[];
  readonly allowNoOrigin: boolean;
  readonly cacheAssets: boolean;
  readonly sentryDsn: string | undefined;
}

/** Variables that cannot be worked with. The message names them and never shows a value. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

export interface SettingsOptions {
  readonly fetch: typeof fetch;
  /** Milliseconds. */
  readonly clock: () => number;
}

/** Milliseconds that the issuer of the JWK set has for its answer. */
const JWKS_TIMEOUT = 5_000;
const MIN_SECRET_BYTES = 32;
const WELL_KNOWN = new Set(["changeme", "secret", "password", "jwt_secret"]);
const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;

/** Reads and checks every variable. @throws SettingsError with every fault at once */
export function readSettings(bindings: Bindings, options: SettingsOptions): Settings {
  const faults: string[] = [];
  const fault = (message: string) => void faults.push(message);
  const secrets = list(bindings.JWT_SECRET, "\n");
  for (const secret of secrets) checkSecret("JWT_SECRET", secret, fault);
  const jwks = text(bindings.JWT_JWKS);
  if (secrets.length === 0 && jwks === undefined) fault("JWT_SECRET is missing: wrangler secret put JWT_SECRET");
  const edgeKey = text(bindings.EDGE_KEY);
  if (edgeKey !== undefined) checkSecret("EDGE_KEY", edgeKey, fault);
  const cookie = text(bindings.JWT_COOKIE) ?? "__Host-pm-session";
  if (!COOKIE_NAME.test(cookie)) fault("JWT_COOKIE is no name for a cookie");
  const settings: Settings = {
    keys: keySet(secrets, jwks, options, fault),
    algorithms: algorithms(bindings.JWT_ALGORITHMS, { secrets: secrets.length > 0, jwks: jwks !== undefined }, fault),
    audience: text(bindings.JWT_AUDIENCE),
    cookie,
    proxyPort: port("PROXY_PORT", bindings.PROXY_PORT, fault) ?? 8443,
    pmPort: port("PM_PORT", bindings.PM_PORT, fault),
    upstreams: bindings.UPSTREAMS === undefined ? undefined : list(bindings.UPSTREAMS.toLowerCase(), /[\s,]+/),
    edgeKey,
    legacyWire: choice("WIRE", bindings.WIRE, ["", "sallyport", "legacy"], fault) === "legacy",
    portalOrigins: list(bindings.PORTAL_ORIGINS, /[\s,]+/),
    allowNoOrigin: flag("ALLOW_NO_ORIGIN", bindings.ALLOW_NO_ORIGIN, fault),
    cacheAssets: choice("ASSET_CACHE", bindings.ASSET_CACHE, ["", "off", "private"], fault) === "private",
    sentryDsn: text(bindings.SENTRY_DSN),
  };
  for (const origin of settings.portalOrigins) {
    if (!isOrigin(origin))
      fault(`PORTAL_ORIGINS: ${JSON.stringify(origin)} is no origin such as https://portal.example.com`);
  }
  if (settings.sentryDsn !== undefined && !isDsn(settings.sentryDsn)) fault("SENTRY_DSN is no DSN");
  if (faults.length > 0) throw new SettingsError(faults.join("; "));
  return settings;
}

type Fault = (message: string) => void;

function text(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed ? trimmed : undefined;
}

function list(value: string | undefined, separator: string | RegExp): readonly string[] {
  return (value ?? "")
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function checkSecret(name: string, secret: string, fault: Fault): void {
  if (WELL_KNOWN.has(secret.toLowerCase()))
    fault(`${name} is a well-known word: make a key with openssl rand -base64 48`);
  else if (new TextEncoder().encode(secret).length < MIN_SECRET_BYTES) {
    fault(`${name} is under ${MIN_SECRET_BYTES} bytes: make a key with openssl rand -base64 48`);
  }
}

function port(name: string, value: string | undefined, fault: Fault): number | undefined {
  const digits = text(value);
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (/^[0-9]{1,5}$/.test(digits) && number >= 1 && number <= 65535) return number;
  fault(`${name} is no port`);
  return undefined;
}

function choice(name: string, value: string | undefined, choices: readonly string[], fault: Fault): string {
  const chosen = (value ?? "").trim().toLowerCase();
  if (!choices.includes(chosen)) fault(`${name} must be one of ${choices.filter((one) => one !== "").join(", ")}`);
  return chosen;
}

function flag(name: string, value: string | undefined, fault: Fault): boolean {
  return ["1", "true"].includes(choice(name, value, ["", "0", "1", "true", "false"], fault));
}

function algorithms(
  value: string | undefined,
  has: { secrets: boolean; jwks: boolean },
  fault: Fault,
): readonly Algorithm[] {
  const named = list(value, /[\s,]+/);
  for (const name of named) if (!isAlgorithm(name)) fault(`JWT_ALGORITHMS: ${JSON.stringify(name)} is not supported`);
  if (named.length > 0) return named.filter(isAlgorithm);
  return [...(has.secrets ? (["HS256"] as const) : []), ...(has.jwks ? (["EdDSA", "ES256", "RS256"] as const) : [])];
}

function keySet(secrets: readonly string[], jwks: string | undefined, options: SettingsOptions, fault: Fault): KeySet {
  const sets: KeySet[] = secrets.length > 0 ? [secretKeySet(secrets)] : [];
  const load = jwks === undefined ? undefined : jwkLoader(jwks, options, fault);
  if (load) {
    const onError = () => console.error("JWT_JWKS could not be loaded");
    sets.push(jwkKeySet({ load, clock: options.clock, onError, joinLoads: false }));
  }
  return joinKeySets(sets);
}

function jwkLoader(jwks: string, { fetch }: SettingsOptions, fault: Fault): (() => Promise<unknown>) | undefined {
  if (jwks.startsWith("https://")) {
    return async () => {
      // workerd knows no redirect mode "error"; with "manual" the redirect itself is the answer, and is not ok.
      const response = await fetch(jwks, { redirect: "manual", signal: AbortSignal.timeout(JWKS_TIMEOUT) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return response.json();
    };
  }
  try {
    const value: unknown = JSON.parse(jwks);
    return () => Promise.resolve(value);
  } catch {
    fault("JWT_JWKS is neither an https URL nor JSON");
    return undefined;
  }
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

function isDsn(value: string): boolean {
  return URL.canParse(value) && new URL(value).username !== "" && /\/[0-9]+$/.test(new URL(value).pathname);
}
