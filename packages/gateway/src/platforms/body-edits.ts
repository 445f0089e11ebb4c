import { SOCKETS_SCRIPT_PATH } from "@sallyport/shared";

/**
 * Changes a decompressed body, given as Latin-1 text so that no byte of any encoding is lost; what is looked for is
 * ASCII.
 */
export type BodyEdit = (body: string) => string;

/** Puts the script that leads sockets on second ports through our own before every script of an HTML page. */
export function withSocketsScript(ports: readonly number[]): BodyEdit {
  const tag = `<script src="${SOCKETS_SCRIPT_PATH}" data-ports="${ports.join(" ")}"></script>`;
  return (body) => {
    const at = placeForScript(body);
    return body.slice(0, at) + tag + body.slice(at);
  };
}

/**
 * A tag ends before the next one begins. One that could reach over others would be looked for from each of them to the
 * page's end: megabytes of `<head ` would take hours, and nobody else has a turn meanwhile.
 */
const HEAD = /<head(?:\s[^<>]*)?>/i;
const HTML = /<html(?:\s[^<>]*)?>/i;
const DOCTYPE = /^\s*<!doctype[^<>]*>/i;

/** Behind `<head>`, else behind `<html>`, else behind the doctype: never before it, which would change the layout mode. */
function placeForScript(body: string): number {
  const match = HEAD.exec(body) ?? HTML.exec(body) ?? DOCTYPE.exec(body);
  return match ? match.index + match[0].length : 0;
}
