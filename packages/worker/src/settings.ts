// The edge: a Worker that lets in only who holds a good token, and sends the rest of the way what it was sent.
// It reads its variables here, once; what is wrong with them is logged and answered with a 500.
import { type Algorithm, BROWSER_COOKIE, BROWSER_ID_COOKIE, type KeySet, secretKeySet } from "@sallyport/shared";
import { isRenewalPage, type RenewalSettings } from "./renewal-page.ts";
import { isDsn } from "./report.ts";
import { type KeyOptions, readSecrets, readTokenKeys } from "./token-keys.ts";
import { Variables } from "./variables.ts";

type Variable = string | number | boolean;

/** What `mtls_certificates` binds: a `fetch` that shows the certificate to whom it connects. */
export interface CertificateBinding {
  readonly fetch: typeof fetch;
}

/** The Worker's variables and secrets (`wrangler.example.jsonc` explains each). */
export interface Bindings {
  readonly JWT_SECRET?: Variable;
  readonly JWT_JWKS?: Variable;
  readonly JWT_ALGORITHMS?: Variable;
  readonly JWT_AUDIENCE?: Variable;
  readonly JWT_COOKIE?: Variable;
  readonly PROXY_PORT?: Variable;
  readonly PM_PORT?: Variable;
  readonly UPSTREAMS?: Variable;
  readonly EDGE_KEY?: Variable;
  readonly GATEWAY_CERTIFICATE?: Variable | CertificateBinding;
  readonly WIRE?: Variable;
  readonly PORTAL_ORIGINS?: Variable;
  readonly ALLOW_NO_ORIGIN?: Variable;
  readonly ASSET_CACHE?: Variable;
  readonly SENTRY_DSN?: Variable;
  readonly ONE_TIME_LINKS?: Variable;
  readonly SESSION_KEY?: Variable;
  readonly SESSION_NOTICE?: Variable;
  readonly RENEW_URL?: Variable;
  readonly RENEW_ORIGINS?: Variable;
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
  /** Signs requests: the first line of `EDGE_KEY`. The others are the gateways' business while keys are replaced. */
  readonly edgeKey: string | undefined;
  /** Shown to gateways that ask for one (`EDGE_CA`). */
  readonly certificate: CertificateBinding | undefined;
  /** Speak the original gateway's wire. */
  readonly legacyWire: boolean;
  readonly portalOrigins: readonly string[];
  readonly allowNoOrigin: boolean;
  readonly cacheAssets: boolean;
  readonly sentryDsn: string | undefined;
  /** Of the sessions that links open which work once; undefined: links work until they expire. */
  readonly sessionKeys: KeySet | undefined;
  /** Add the script that warns of a session's end to the controllers' pages. */
  readonly notice: boolean;
  readonly renewal: RenewalSettings;
}

/** Variables that cannot be worked with. The message names them and shows no secret. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** Reads and checks every variable. @throws SettingsError with every fault at once */
export async function readSettings(bindings: Bindings, options: KeyOptions): Promise<Settings> {
  const variables = new Variables(bindings);
  const settings: Settings = {
    ...(await readTokenKeys(variables, options)),
    audience: variables.text("JWT_AUDIENCE"),
    cookie: readCookieName(variables),
    proxyPort: variables.port("PROXY_PORT") ?? 8443,
    pmPort: variables.port("PM_PORT"),
    upstreams: readUpstreams(variables),
    edgeKey: readSecrets(variables, "EDGE_KEY")[0],
    certificate: readCertificate(variables, bindings),
    legacyWire: variables.choice("WIRE", ["sallyport", "legacy"]) === "legacy",
    portalOrigins: readOrigins(variables, "PORTAL_ORIGINS"),
    allowNoOrigin: variables.flag("ALLOW_NO_ORIGIN"),
    cacheAssets: variables.choice("ASSET_CACHE", ["off", "private"]) === "private",
    sentryDsn: readDsn(variables),
    sessionKeys: readSessionKeys(variables),
    notice: readNotice(variables),
    renewal: readRenewal(variables),
  };
  if (variables.faults.length > 0) throw new SettingsError(variables.faults.join("; "));
  return settings;
}

function readSessionKeys(variables: Variables): KeySet | undefined {
  const secrets = readSecrets(variables, "SESSION_KEY");
  if (!variables.flag("ONE_TIME_LINKS")) return undefined;
  if (variables.raw("SESSION_KEY") === undefined) {
    variables.fault("SESSION_KEY", "is missing: ONE_TIME_LINKS needs it (wrangler secret put SESSION_KEY)");
  }
  if (variables.choice("WIRE", ["sallyport", "legacy"]) === "legacy") {
    variables.fault("ONE_TIME_LINKS", "needs this project's gateway: the original cannot use links up");
  }
  return secretKeySet(secrets);
}

function readCertificate(variables: Variables, bindings: Bindings): CertificateBinding | undefined {
  const { GATEWAY_CERTIFICATE: bound } = bindings;
  // The runtime's own objects want their methods called on themselves.
  if (typeof bound === "object") return { fetch: (...call) => bound.fetch(...call) };
  if (bound) variables.fault("GATEWAY_CERTIFICATE", "is no binding of mtls_certificates");
  return undefined;
}

const COOKIE_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;

function readCookieName(variables: Variables): string {
  const name = variables.text("JWT_COOKIE") ?? BROWSER_COOKIE;
  if (!COOKIE_NAME.test(name)) variables.fault("JWT_COOKIE", "is no name for a cookie");
  if (name === BROWSER_ID_COOKIE) variables.fault("JWT_COOKIE", "is the name of the session id's cookie");
  return name;
}

/** Host names and bracketed addresses, as a token's `upstream` has them. */
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])$/;

function readUpstreams(variables: Variables): readonly string[] | undefined {
  const names = variables.list("UPSTREAMS").map((name) => name.toLowerCase());
  for (const name of names.filter((one) => !HOST.test(one))) {
    variables.fault("UPSTREAMS", `lists ${JSON.stringify(name)}, which is no host name (without scheme and port)`);
  }
  return names.length === 0 ? undefined : names;
}

function readOrigins(variables: Variables, name: string): readonly string[] {
  const origins = variables.list(name);
  for (const origin of origins.filter((one) => !isOrigin(one))) {
    variables.fault(name, `lists ${JSON.stringify(origin)}: no origin such as https://portal.example.com`);
  }
  return origins;
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value;
}

function readNotice(variables: Variables): boolean {
  const on = variables.choice("SESSION_NOTICE", ["off", "on"]) === "on";
  if (on && variables.choice("WIRE", ["sallyport", "legacy"]) === "legacy") {
    variables.fault("SESSION_NOTICE", "needs this project's gateway, which has the script");
  }
  return on;
}

function readRenewal(variables: Variables): RenewalSettings {
  const url = variables.text("RENEW_URL");
  if (url !== undefined && !isRenewalPage(url)) {
    variables.fault("RENEW_URL", "is no https address such as https://portal.example.com/renew");
  }
  return { url, origins: readOrigins(variables, "RENEW_ORIGINS") };
}

function readDsn(variables: Variables): string | undefined {
  const dsn = variables.text("SENTRY_DSN");
  if (dsn !== undefined && !isDsn(dsn)) variables.fault("SENTRY_DSN", "is no DSN such as https://key@host/1");
  return dsn;
}
