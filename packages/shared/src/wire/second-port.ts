import { SECOND_PORT_PATH } from "./names.ts";

/** A path on one of a controller's other ports. */
export interface SecondPort {
  readonly port: number;
  /** Path and query there, byte for byte. */
  readonly path: string;
}

/** Reads `/.sallyport/port/<port>/<path>`; undefined for any other form. */
export function parseSecondPort(path: string): SecondPort | undefined {
  if (!path.startsWith(SECOND_PORT_PATH)) return undefined;
  const match = /^([1-9][0-9]{0,4})(\/.*)$/s.exec(path.slice(SECOND_PORT_PATH.length));
  const port = Number(match?.[1]);
  return match && port <= 65535 ? { port, path: match[2] as string } : undefined;
}
