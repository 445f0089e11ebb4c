import type { IncomingMessage, ServerResponse } from "node:http";
import { allow, END_PATH, ENTRY_PATH, type Result } from "@sallyport/shared";
import type { Admission } from "../../admission/admit.ts";
import type { Passage } from "../../platforms/platform.ts";
import { type HttpOutcome, relayHttp } from "../../relay/http.ts";
import { answerControl } from "./control.ts";
import type { AdmittedExchange } from "./exchange.ts";
import type { WebParts } from "./parts.ts";
import { readHttp, type WebRequest } from "./read.ts";
import { refuseHttp } from "./refuse.ts";

/** One HTTP exchange: read, admit, relay, account. */
export async function handleHttp(
  parts: WebParts,
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Promise<void> {
  const started = performance.now();
  const read = readHttp(message, { requestId, cookie: parts.configuration.token.cookie });
  const admitted = await parts.admitter.admit(attemptOf(read), requestId);
  if (!admitted.ok || !read.ok) {
    refuseHttp(message, response, admitted.ok ? "internal-error" : admitted.reason, requestId);
    return;
  }
  if (response.destroyed) return;
  if (isControl(message))
    await answerControl(parts, { request: read.value, admission: admitted.value, message, response });
  else await relay(parts, { request: read.value, admission: admitted.value, message, response });
  parts.metrics.request((performance.now() - started) / 1000, response.statusCode);
}

function attemptOf(read: Result<WebRequest>): Result<WebRequest["attempt"]> {
  return read.ok ? allow(read.value.attempt) : read;
}

function isControl({ method, url }: IncomingMessage): boolean {
  const path = url?.split("?", 1)[0];
  return method === "POST" && (path === ENTRY_PATH || path === END_PATH);
}

async function relay(parts: WebParts, { request, admission, message, response }: AdmittedExchange): Promise<void> {
  const platform = parts.platformFor(admission);
  const passage = passageOf(request, admission, false);
  const running = relayHttp({
    request: message,
    response,
    client: parts.clients.client(parts.upstreamFor(admission)),
    path: request.path,
    headers: platform.requestHeaders(passage),
    hasBody: request.hasBody,
    editHead: (_status, headers) => platform.responseHeaders(passage, headers),
    counts: admission.session.counts,
    queueTimeout: parts.configuration.limits.answerMs,
  });
  const detach = admission.session.attach({ end: () => running.abort() });
  parts.metrics.live("http", 1);
  const outcome = await running.done;
  parts.metrics.live("http", -1);
  detach();
  conclude(parts, { message, response, outcome, request, admission });
}

interface Concluded {
  readonly admission: Admission;
  readonly request: WebRequest;
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly outcome: HttpOutcome;
}

function conclude(parts: WebParts, { message, response, outcome, request, admission }: Concluded): void {
  const { fault, answered } = outcome;
  if (!fault) return;
  const { requestId } = request.attempt;
  const { target } = admission;
  parts.metrics.upstreamFault(fault.reason);
  parts.log.warn(
    { requestId, address: target.address, port: target.port, reason: fault.reason, code: fault.code, answered },
    "controller failed",
  );
  if (!answered) refuseHttp(message, response, fault.reason, requestId);
}

export function passageOf(request: WebRequest, { target, publicOrigin }: Admission, upgrade: boolean): Passage {
  const { cookies, headers, hasOrigin, referer, sessionKey } = request;
  return { target, publicOrigin, upgrade, hasOrigin, referer, sessionKey, cookies, headers };
}
