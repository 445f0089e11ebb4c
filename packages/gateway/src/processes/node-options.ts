import process from "node:process";
import { fileURLToPath } from "node:url";

/** `web`: a gateway; `certificates`: listeners alone whose clients show certificates, and resume nothing. */
export type Role = "web" | "certificates";

/**
 * The young generation (MiB): smaller, and its collections are a quarter of what a small request costs. Never less: V8
 * leaves 1 MiB of it to a process that has nothing to do for some seconds, whose next messages then wait for a collection
 * every few hundred. Relayed bytes are freed in time by pools/read-bytes.ts, which calls `gc`. Where V8 sees sockets live
 * long it makes new ones in the old generation at once, and of those that are soon closed all that they refer to outlives
 * them until a full collection.
 */
const HEAP = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--no-allocation-site-pretenuring",
  "--expose-gc",
] as const;
const TLS = { web: "one-ticket.cnf", certificates: "no-ticket.cnf" } as const;

/** What V8 and OpenSSL read once, when Node starts. All of it is for speed: without it a gateway does the same. */
export function nodeOptions(role: Role): readonly string[] {
  return [...HEAP, `--openssl-config=${fileURLToPath(new URL(TLS[role], import.meta.url))}`];
}

/** How this process was started. */
export interface Started {
  /** Node's options on the command line. */
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The system's OpenSSL is used in place of Node's own. Default: as this Node was built. */
  readonly sharedOpenssl?: boolean;
}

const OPENSSL = "--openssl-config";
/** What else of Node's speaks of OpenSSL's configuration: the system's own, or FIPS, which is set up there. */
const ABOUT_OPENSSL = ["--openssl-shared-config", "--enable-fips", "--force-fips"];

/** Those of the options that nothing was said about when this process was started: an operator's own stay. */
export function optionsLacking(
  wanted: readonly string[],
  { execArgv, environment, sharedOpenssl = process.config.variables.node_shared_openssl }: Started,
): readonly string[] {
  const own = (environment.NODE_OPTIONS ?? "").split(/[\s"]+/);
  const given = new Set([...execArgv, ...own].map(nameOf));
  // A configuration of ours would take the place of the system's, with what that says about ciphers.
  if (environment.OPENSSL_CONF || sharedOpenssl || ABOUT_OPENSSL.some((name) => given.has(name))) given.add(OPENSSL);
  return wanted.filter((option) => !given.has(nameOf(option)));
}

/** Node takes underscores for dashes in names of options, and what turns one off is about the same. */
function nameOf(option: string): string {
  const [name = ""] = option.split("=", 1);
  return name.replaceAll("_", "-").replace(/^--no-/, "--");
}

/** A file that is one of this process's own descriptors, standard streams aside: what a shell makes of `<(command)`. */
const DESCRIPTOR = /\/(?:dev|proc\/[\w-]+)\/fd\/(?:[3-9]|\d\d)/;

/** Whether words or settings name a descriptor that was passed, which another start of this process no longer has. */
export function namesDescriptor(words: readonly string[], environment: Started["environment"]): boolean {
  return [...words, ...Object.values(environment)].some((text) => text !== undefined && DESCRIPTOR.test(text));
}
