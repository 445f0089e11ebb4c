import { Header, NOTICE_SCRIPT_PATH, RESERVED_PATH, SOCKETS_SCRIPT_PATH } from "@sallyport/shared";
import type { AdmittedExchange } from "./exchange.ts";
import { NOTICE_SCRIPT } from "./notice-script.ts";
import { SOCKETS_SCRIPT } from "./sockets-script.ts";

const SCRIPTS: ReadonlyMap<string, string> = new Map([
  [SOCKETS_SCRIPT_PATH, SOCKETS_SCRIPT],
  [NOTICE_SCRIPT_PATH, NOTICE_SCRIPT],
]);

/** Paths on a controller's host that are ours to answer. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(RESERVED_PATH);
}

/** Answers under our reserved path; nothing of it reaches a controller. */
export function answerOwnPath({ request, message, response }: AdmittedExchange): void {
  message.resume();
  const isRead = message.method === "GET" || message.method === "HEAD";
  const script = isRead ? SCRIPTS.get(request.path.split("?", 1)[0] ?? "") : undefined;
  const body = script ?? "There is nothing here.\n";
  response.writeHead(script === undefined ? 404 : 200, {
    "Content-Type": script === undefined ? "text/plain; charset=utf-8" : "text/javascript; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    [Header.request]: request.attempt.requestId,
  });
  response.end(message.method === "HEAD" ? undefined : body);
}
