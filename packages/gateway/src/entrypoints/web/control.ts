import { allow, END_PATH, Header, type Result } from "@sallyport/shared";
import type { AdmittedExchange } from "./exchange.ts";
import type { WebParts } from "./parts.ts";
import type { WebRequest } from "./read.ts";
import { refuseHttp } from "./refuse.ts";

/**
 * What the edge asks of us about a session rather than of its controller: a renewal (`POST /gpsession` with a fresh
 * token in X-PM-Renewal) or its end (`POST /gpsession/end`, `?reason=replaced` where another entry takes its place).
 * Both were admitted with the session's own, still valid token.
 */
export async function answerControl(parts: WebParts, exchange: AdmittedExchange): Promise<void> {
  const { request, admission, message, response } = exchange;
  const { requestId } = request.attempt;
  message.resume();
  if (request.path.startsWith(END_PATH)) {
    parts.registry.end(admission.session, request.path.endsWith("?reason=replaced") ? "replaced" : "ended");
    answerDone(response, requestId);
    return;
  }
  const renewed = await parts.admitter.renew(admission, request.renewal ?? "", requestId);
  if (renewed.ok) answerDone(response, requestId, renewed.value);
  else refuseHttp(message, response, renewed.reason, requestId);
}

/** Has a link that works once used up (`POST /gpsession/use`): the session's own token goes back to the edge. */
export async function answerLink(
  parts: WebParts,
  read: Result<WebRequest>,
  { message, response, requestId }: Asking,
): Promise<void> {
  message.resume();
  const used = await parts.admitter.useLink(read.ok ? allow(read.value.attempt) : read, requestId);
  if (used.ok) answerDone(response, requestId, used.value);
  else refuseHttp(message, response, used.reason, requestId);
}

export interface Asking extends Pick<AdmittedExchange, "message" | "response"> {
  readonly requestId: string;
}

function answerDone(response: AdmittedExchange["response"], requestId: string, token?: string): void {
  const minted = token === undefined ? {} : { [Header.minted]: token };
  response.writeHead(204, { "Cache-Control": "no-store", [Header.request]: requestId, ...minted });
  response.end();
}
