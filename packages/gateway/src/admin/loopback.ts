import { isLoopback } from "../config/loopback.ts";

/** Whether a Host header names this machine's loopback: `localhost:8444`, `127.0.0.1`, `[::1]:8444`. */
export function isLoopbackAuthority(authority: string | undefined): boolean {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+))(?::[0-9]{1,5})?$/.exec(authority ?? "") ?? [];
  const host = bracketed ?? plain?.toLowerCase();
  return host !== undefined && isLoopback(host);
}
