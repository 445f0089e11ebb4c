import { addressInUrl } from "@sallyport/shared";
import { headerValues } from "./headers.ts";
import type { AnswerHead, Passage } from "./platform.ts";

/**
 * Where an answer would send the browser away to, outside the controller: its authority, for the log. A controller
 * sends people round its own pages; one that sends them elsewhere is misconfigured (and its place is out of their reach)
 * or wants their next log-in for somebody else.
 */
export function leadsAway({ status, headers }: AnswerHead, { target, publicOrigin }: Passage): string | undefined {
  if (status < 300 || status > 399) return undefined;
  const [location, ...more] = headerValues(headers, "location");
  if (location === undefined) return undefined;
  if (more.length > 0) return "several";
  // As a browser reads it (URL standard, 4.4): backslashes are slashes, leading blanks and all tabs are none.
  const text = location
    .trim()
    .replace(/[\t\r\n]/g, "")
    .replace(/\\/g, "/");
  const [, scheme, authority] = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?/i.exec(text) ?? [];
  if (authority === undefined) return scheme === undefined ? undefined : scheme.toLowerCase();
  if (scheme !== undefined && !/^https?$/i.test(scheme)) return scheme.toLowerCase();
  const host = authority.replace(/^.*@/, "").toLowerCase();
  const own = host.replace(/:[0-9]*$/, "") === addressInUrl(target.address);
  return own || host === new URL(publicOrigin).host ? undefined : authority;
}
