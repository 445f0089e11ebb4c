import { END_PATH, Header } from "@sallyport/shared";
import type { AdmittedExchange } from "./exchange.ts";
import type { WebParts } from "./parts.ts";
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
  if (renewed.ok) answerDone(response, requestId);
  else refuseHttp(message, response, renewed.reason, requestId);
}

function answerDone(response: AdmittedExchange["response"], requestId: string): void {
  response.writeHead(204, { "Cache-Control": "no-store", [Header.request]: requestId });
  response.end();
}
