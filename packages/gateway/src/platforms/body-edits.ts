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

/** Behind `<head>`, else behind `<html>`, else behind the doctype: never before it, which would change the layout mode. */
function placeForScript(body: string): number {
  const match =
    /<head(?:\s[^>]*)?>/i.exec(body) ?? /<html(?:\s[^>]*)?>/i.exec(body) ?? /^\s*<!doctype[^>]*>/i.exec(body);
  return match ? match.index + match[0].length : 0;
}
