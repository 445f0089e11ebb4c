import { fileURLToPath } from "node:url";

/** `web`: a gateway; `certificates`: listeners alone whose clients show certificates, and resume nothing. */
export type Role = "web" | "certificates";

/**
 * The young generation (MiB): smaller, and its collections are a quarter of what a small request costs; larger, and it
 * no longer fits a processor's cache. Relayed bytes are freed in time by pools/read-bytes.ts, which calls `gc`.
 */
const HEAP = ["--max-semi-space-size=8", "--expose-gc"] as const;
const TLS = { web: "one-ticket.cnf", certificates: "no-ticket.cnf" } as const;

/** What V8 and OpenSSL read once, when Node starts. All of it is for speed: without it a gateway does the same. */
export function nodeOptions(role: Role): readonly string[] {
  return [...HEAP, `--openssl-config=${fileURLToPath(new URL(TLS[role], import.meta.url))}`];
}

export interface Started {
  /** Node's options on the command line. */
  readonly execArgv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Those of the options that nothing was said about when this process was started: an operator's own stay. */
export function optionsLacking(wanted: readonly string[], { execArgv, environment }: Started): readonly string[] {
  const own = (environment.NODE_OPTIONS ?? "").split(/\s+/);
  const given = new Set([...execArgv, ...own].map(nameOf));
  if (environment.OPENSSL_CONF) given.add("--openssl-config");
  return wanted.filter((option) => !given.has(nameOf(option)));
}

/** Node takes underscores for dashes in names of options. */
function nameOf(option: string): string {
  const [name = ""] = option.split("=", 1);
  return name.replaceAll("_", "-");
}
