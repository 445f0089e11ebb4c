import { Header, RESERVED_PATH, SOCKETS_SCRIPT_PATH } from "@sallyport/shared";
import type { AdmittedExchange } from "./exchange.ts";
import { SOCKETS_SCRIPT } from "./sockets-script.ts";

/** Paths on a controller's host that are ours to answer. */
export function isOwnPath(path: string): boolean {
  return path.startsWith(RESERVED_PATH);
}

/** Answers under our reserved path; nothing of it reaches a controller. */
export function answerOwnPath({ request, message, response }: AdmittedExchange): void {
  message.resume();
  const found =
    request.path.split("?", 1)[0] === SOCKETS_SCRIPT_PATH && (message.method === "GET" || message.method === "HEAD");
  const body = found ? SOCKETS_SCRIPT : "There is nothing here.\n";
  response.writeHead(found ? 200 : 404, {
    "Content-Type": found ? "text/javascript; charset=utf-8" : "text/plain; charset=utf-8",
    "Content-Length": String(Buffer.byteLength(body)),
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    [Header.request]: request.attempt.requestId,
  });
  response.end(message.method === "HEAD" ? undefined : body);
}
