import { type Algorithm, isAlgorithm, type Network, parseNetwork, splitSecrets } from "@sallyport/shared";
import { z } from "zod";
import type { HostPort, ListenAddress, NetworkPlatform } from "./configuration.ts";
import { FAMILIES, familyNamed } from "./platform-names.ts";

/** Why a value cannot be read, to be put behind the setting's name. */
class Unreadable {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/**
 * A schema from a reader. Readers take what the file holds (numbers, lists, booleans) and what the environment holds
 * (the same as text), so that a value means the same in both.
 */
function field<Value>(read: (value: unknown) => Value | Unreadable) {
  return z.unknown().transform((value, context): Value => {
    const result = read(value);
    if (!(result instanceof Unreadable)) return result;
    context.issues.push({ code: "custom", message: result.message, input: undefined });
    return z.NEVER;
  });
}

export const text = () => field(readText);

/** Text of one of a few forms; `form` says which to people. */
export const textLike = (pattern: RegExp, form: string) =>
  field((value) => {
    const read = readText(value);
    return read instanceof Unreadable || pattern.test(read) ? read : new Unreadable(`must be ${form}`);
  });

export const oneOf = <const Choice extends string>(...choices: Choice[]) =>
  field((value) => {
    const found = choices.find((choice) => choice === value);
    return found ?? new Unreadable(`must be one of ${choices.join(", ")}, not ${shown(value)}`);
  });

export const integer = (range: { min: number; max: number }) => field((value) => readInteger(value, range));

export const integerOr = <const Word extends string>(word: Word, range: { min: number; max: number }) =>
  field((value): Word | number | Unreadable => (value === word ? word : readInteger(value, range)));

export const yesOrNo = () =>
  field((value) => {
    if (["true", "yes", "on", "1"].includes(String(value).toLowerCase())) return true;
    if (["false", "no", "off", "0"].includes(String(value).toLowerCase())) return false;
    return new Unreadable(`must be true or false, not ${shown(value)}`);
  });

/** Milliseconds, from a number of seconds or text such as `500ms`, `90s`, `5m`, `1h`. */
export const duration = ({ min, max }: { min: number; max: number }) =>
  field((value) => {
    const [, digits, unit = "s"] = /^([0-9]{1,12})(ms|s|m|h)?$/.exec(String(value)) ?? [];
    const ms = Number(digits) * (DURATION_UNITS[unit] ?? Number.NaN);
    if (ms >= min && ms <= max) return ms;
    return new Unreadable(`must be from ${min / 1000} to ${max / 1000} seconds, such as 90 or 5m, not ${shown(value)}`);
  });

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Bytes, from a number or text such as `64MiB`. */
export const byteSize = ({ min, max }: { min: number; max: number }) =>
  field((value) => {
    const [, digits, unit = ""] = /^([0-9]{1,15})(KiB|MiB|GiB)?$/.exec(String(value)) ?? [];
    const bytes = Number(digits) * (SIZE_UNITS[unit] ?? Number.NaN);
    if (bytes >= min && bytes <= max) return bytes;
    return new Unreadable(`must be from ${min} to ${max} bytes, such as 1048576 or 1MiB, not ${shown(value)}`);
  });

const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** `host:port`, `[address]:port` or `:port` (every IPv4 address). */
export const listenAddress = () =>
  field((value): ListenAddress | Unreadable => {
    const [, bracketed, plain, digits] = LISTEN.exec(String(value)) ?? [];
    const port = Number(digits);
    if (port <= 65535) return { host: bracketed ?? (plain || "0.0.0.0"), port };
    return new Unreadable(`must be an address and a port, such as 0.0.0.0:8443 or [::]:8443, not ${shown(value)}`);
  });

const LISTEN = /^(?:\[([0-9a-f:.]+)\]|([A-Za-z0-9.-]*)):([0-9]{1,5})$/;

/** `host:port` or `[address]:port`, several of them. */
export const hostPorts = () => listOf(readHostPort);
export const texts = () => listOf(readText);
export const networks = () => listOf(readNetwork);
export const networkPlatforms = () => listOf(readNetworkPlatform);
export const ports = () => listOf(readPort);
export const port = () => field(readPort);
export const algorithms = () => listOf(readAlgorithm);

/** Secrets, one a line (or a list of them in the file), the newest first. Messages never hold one. */
export const secretLines = () =>
  field((value) => {
    const lines = Array.isArray(value) ? value : typeof value === "string" ? splitSecrets(value) : [];
    const secrets = lines.filter((line): line is string => typeof line === "string" && line !== "");
    if (secrets.length > 0 && secrets.length === lines.length) return secrets;
    return new Unreadable("must be text (a number needs quotes in the file), one secret a line");
  });

/** Several values: a list in the file, or one text with commas or blanks between. */
function listOf<Item>(read: (item: unknown) => Item | Unreadable) {
  return field((value): readonly Item[] | Unreadable => {
    const items = (
      Array.isArray(value)
        ? value
        : String(value)
            .split(/[\s,]+/)
            .filter((item) => item !== "")
    ).map(read);
    const broken = items.find((item) => item instanceof Unreadable);
    return broken ?? items.filter((item): item is Item => !(item instanceof Unreadable));
  });
}

function readText(value: unknown): string | Unreadable {
  if (typeof value === "string" && value !== "") return value;
  return new Unreadable(value === "" ? "must not be empty" : "must be text (a number needs quotes in the file)");
}

function readInteger(value: unknown, { min, max }: { min: number; max: number }): number | Unreadable {
  const number = /^[0-9]{1,15}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  return new Unreadable(`must be a whole number from ${min} to ${max}, not ${shown(value)}`);
}

function readPort(value: unknown): number | Unreadable {
  return readInteger(value, { min: 1, max: 65535 });
}

function readNetwork(value: unknown): Network | Unreadable {
  return (
    parseNetwork(String(value)) ??
    new Unreadable(
      `must list networks such as 10.0.0.0/8 or fd00::/8 (no bit set behind the prefix) or addresses, not ${shown(value)}`,
    )
  );
}

function readHostPort(value: unknown): HostPort | Unreadable {
  const [, bracketed, plain, digits] = LISTEN.exec(String(value)) ?? [];
  const [host, port] = [bracketed ?? plain, Number(digits)];
  if (host && port >= 1 && port <= 65535) return { host, port };
  return new Unreadable(
    `must list hosts with their port, such as 10.0.0.5:5432 or [fd00::5]:5432, not ${shown(value)}`,
  );
}

/** `10.1.0.0/16=idrac8` */
function readNetworkPlatform(value: unknown): NetworkPlatform | Unreadable {
  const [, before = "", name = ""] = /^([^=]*)=(.*)$/.exec(String(value)) ?? [];
  const platform = familyNamed(name);
  if (before === "" || platform === undefined) {
    return new Unreadable(
      `must list networks with their family, such as 10.1.0.0/16=idrac8, the family one of ${FAMILIES.join(", ")}, not ${shown(value)}`,
    );
  }
  const network = readNetwork(before);
  return network instanceof Unreadable ? network : { network, platform };
}

function readAlgorithm(value: unknown): Algorithm | Unreadable {
  const name = String(value);
  return isAlgorithm(name)
    ? name
    : new Unreadable(`must list some of HS256, HS384, HS512, EdDSA, ES256, RS256, not ${shown(value)}`);
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
