import { readClaims } from "@sallyport/shared";
import { SignJWT } from "jose";
import { ALIASES, FAMILIES, familyNamed } from "../config/platform-names.ts";
import { Failure, type World } from "./environment.ts";
import { type SigningOptions, signingKey } from "./signing-key.ts";

/** Options of `sallyport token`, as commander gives them. */
export interface TokenOptions extends SigningOptions {
  readonly ip?: string;
  readonly upstream?: string[];
  readonly host?: string;
  readonly sub?: string;
  readonly tenant?: string;
  readonly port?: string;
  readonly ports?: string[];
  readonly scheme?: string;
  readonly platform?: string;
  readonly spki?: string[];
  readonly cip?: string;
  readonly jti?: string;
  readonly aud?: string[];
  readonly max?: string;
  readonly renew?: string;
  readonly expires: string;
  readonly notBefore?: string;
  readonly kid?: string;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** What an option takes, for those whose value is no claim. */
const FORMS: Readonly<Record<string, string>> = {
  upstream: "host names without scheme, port and path, such as gw1.example.com",
  host: "a host name without scheme and path, such as k7f3-pm.example.com",
  port: "a port, from 1 to 65535",
  ports: "ports, each from 1 to 65535",
  scheme: "https or http",
  spki: "SHA-256 of a key in base64url (43 characters): sallyport doctor prints it",
  cip: "an address or a network, such as 203.0.113.7 or 203.0.113.0/24",
  max: "a whole number from 1 up",
};

/** Mints a session token and prints it, alone. */
export async function token(world: World, options: TokenOptions): Promise<void> {
  if (options.ip === undefined) throw new Failure("--ip is missing: the controller's address, such as 10.20.3.7");
  checkPlatform(options.platform);
  const now = Math.floor(Date.now() / 1000);
  const claims = claimsOf(options, now);
  check(claims, now);
  const { key, alg } = await signingKey(world, options);
  if (options.upstream === undefined) {
    world.err("warning: without --upstream the edge refuses this token: name the gateways that reach the controller\n");
  }
  const header = { alg, typ: "JWT", ...(options.kid === undefined ? {} : { kid: options.kid }) };
  world.out(`${await new SignJWT(claims).setProtectedHeader(header).sign(key)}\n`);
}

/** What is not a claim of ours by name and type is named before anything is signed. */
function check(claims: Record<string, unknown>, now: number): void {
  const read = readClaims(claims);
  if (read.ok && read.value.exp > now) return;
  if (read.ok) throw new Failure("--expires is not in the future");
  if (read.reason === "target-address-form") {
    throw new Failure(
      `--ip must be an address in canonical form, such as 10.20.3.7 or fd00::7, not ${JSON.stringify(claims.ip)}`,
    );
  }
  const name = read.detail ?? "claims";
  throw new Failure(`--${name} has no valid value: it takes ${FORMS[name] ?? "text, not empty"}`);
}

/** A gateway takes a family that it does not know for none named: whoever signs should hear of it. */
function checkPlatform(platform: string | undefined): void {
  if (platform === undefined || familyNamed(platform)) return;
  const known = [...FAMILIES, ...Object.keys(ALIASES)].join(", ");
  throw new Failure(`--platform must be one of ${known}, not ${JSON.stringify(platform)}`);
}

function claimsOf(options: TokenOptions, now: number): Record<string, unknown> {
  const { ip, host, sub, tenant, scheme, platform, cip, jti, renew } = options;
  const claims = {
    iat: now,
    nbf: options.notBefore === undefined ? undefined : moment("--not-before", options.notBefore, now),
    exp: moment("--expires", options.expires, now),
    ...{ ip, host, sub, tenant, scheme, platform, cip, jti, renew },
    upstream: oneOrMany(options.upstream),
    spki: oneOrMany(options.spki),
    aud: oneOrMany(options.aud),
    port: options.port === undefined ? undefined : Number(options.port),
    ports: options.ports?.map(Number),
    max: options.max === undefined ? undefined : Number(options.max),
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

function oneOrMany(values: readonly string[] | undefined): string | readonly string[] | undefined {
  return values?.length === 1 ? values[0] : values;
}

/** `30m`, `8h` … from now, or a time such as 2026-12-01T12:00:00Z. Seconds since the epoch. */
function moment(option: string, text: string, now: number): number {
  const match = /^(\d+)([smhd]?)$/.exec(text);
  if (match) return now + Number(match[1]) * (UNITS[match[2] || "s"] ?? 1);
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new Failure(`${option} takes a time from now (90s, 30m, 8h, 7d) or a date (2026-12-01T12:00:00Z)`);
  return Math.floor(time / 1000);
}
