import { addressInUrl } from "@sallyport/shared";
import { loadConfiguration } from "../config/load.ts";
import type { FileOption } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

export interface JsonOption extends FileOption {
  readonly json?: boolean;
}

export interface AdminRequest {
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
}

/** The address at which a listener on this host is reached from here. */
export function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** Asks the API of the running gateway. @throws Failure with what it says */
export async function askAdmin(world: World, { config }: FileOption, wanted: AdminRequest): Promise<unknown> {
  // Whatever else is wrong with the configuration is no matter here.
  const loaded = await loadConfiguration({ environment: world.environment, file: config });
  const admin = "configuration" in loaded ? loaded.configuration.admin : undefined;
  const { host, port } = admin?.listen ?? adminListen(world.environment.ADMIN_LISTEN);
  const token = admin?.tokens[0] ?? world.environment.ADMIN_TOKEN?.split("\n")[0];
  if (!token) throw new Failure("set ADMIN_TOKEN to what the gateway has");
  const url = `http://${addressInUrl(reachableHost(host))}:${port}${wanted.path}`;
  const answer = await fetch(url, {
    method: wanted.method ?? "GET",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(wanted.body === undefined ? {} : { body: JSON.stringify(wanted.body) }),
  }).catch((cause: Error) => {
    const reason = (cause.cause as Error | undefined)?.message;
    throw new Failure(`the gateway does not answer at ${url} (${reason}): is it up, and is this its ADMIN_LISTEN?`);
  });
  const text = await answer.text();
  const value = text === "" ? {} : parseAnswer(text, url);
  if (!answer.ok) throw new Failure(value.error ?? `the gateway answered ${answer.status}`);
  return value;
}

function parseAnswer(text: string, url: string): { error?: string } {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(`what answers at ${url} is no gateway's admin API: is this the gateway's ADMIN_LISTEN?`);
  }
}

function adminListen(text = "127.0.0.1:8444"): { host: string; port: number } {
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(text) ?? [];
  return { host: host === "" ? "127.0.0.1" : host, port: Number(port) };
}

/** Rows under one another, each column as wide as its widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** Seconds since the epoch, to be read by people. */
export function dateText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What a controller or a token may have put into a text must not steer a terminal. */
export function plain(text: unknown): string {
  return String(text ?? "-").replaceAll(/\p{Cc}/gu, "?");
}
