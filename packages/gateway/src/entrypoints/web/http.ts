import type { IncomingMessage, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import { type Awaitable, allow, andThen, END_PATH, ENTRY_PATH, type Result, USE_PATH } from "@sallyport/shared";
import type { Admission } from "../../admission/admit.ts";
import { leadsAway } from "../../platforms/containment.ts";
import type { Passage, Platform } from "../../platforms/platform.ts";
import { UpstreamFault } from "../../pools/fault.ts";
import type { AnswerHead } from "../../pools/http/answer-head.ts";
import { type EditedAnswer, type HttpOutcome, relayHttp } from "../../relay/http.ts";
import { answerControl, answerLink } from "./control.ts";
import type { AdmittedExchange } from "./exchange.ts";
import { answerOwnPath, isOwnPath } from "./own-paths.ts";
import type { WebParts } from "./parts.ts";
import { readHttp, type WebRequest } from "./read.ts";
import { refuseHttp } from "./refuse.ts";

/** One HTTP exchange: read, admit, relay, account. What a known session asks for is under way when this returns. */
export function handleHttp(
  parts: WebParts,
  message: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): Awaitable<void> {
  const started = performance.now();
  const read = readHttp(message, { requestId, cookie: parts.rules.current.web.token.cookie });
  if (isUse(message)) return answerLink(parts, read, { message, response, requestId });
  return andThen(parts.admitter.admit(attemptOf(read), requestId), (admitted) => {
    if (!admitted.ok || !read.ok) {
      refuseHttp(message, response, admitted.ok ? "internal-error" : admitted.reason, requestId);
      return;
    }
    if (response.destroyed) return;
    const exchange = { request: read.value, admission: admitted.value, message, response };
    return serve(parts, exchange, () => {
      parts.metrics.request((performance.now() - started) / 1000, response.statusCode);
    });
  });
}

/** `account` is called once it is over. */
function serve(parts: WebParts, exchange: AdmittedExchange, account: () => void): Awaitable<void> {
  if (isControl(exchange.message)) return answerControl(parts, exchange).then(account);
  if (!isOwnPath(exchange.request.path)) {
    const platform = platformOf(parts, exchange.admission);
    return andThen(platform, (known) => relay(parts, exchange, { platform: known, account }));
  }
  answerOwnPath(exchange);
  account();
}

function attemptOf(read: Result<WebRequest>): Result<WebRequest["attempt"]> {
  return read.ok ? allow(read.value.attempt) : read;
}

function isUse({ method, url }: IncomingMessage): boolean {
  return method === "POST" && url === USE_PATH;
}

function isControl({ method, url }: IncomingMessage): boolean {
  const path = url?.split("?", 1)[0];
  return method === "POST" && (path === ENTRY_PATH || path === END_PATH);
}

interface Relaying {
  readonly platform: Platform;
  readonly account: () => void;
}

function relay(parts: WebParts, exchange: AdmittedExchange, { platform, account }: Relaying): void {
  const { request, admission, message, response } = exchange;
  const { session } = admission;
  // Asking a controller what it is may have taken long: a client that went meanwhile says so no more.
  if (response.destroyed) return void account();
  if (awaitsContinue(message)) response.writeContinue();
  const passage = passageOf(parts, { request, admission, method: message.method ?? "GET" });
  parts.leaving.noteRequest(admission, { platform, passage });
  // A session that has ended meanwhile ends what joins it at once.
  let detach: (() => void) | undefined;
  const done = (outcome: HttpOutcome) => {
    parts.metrics.live("http", -1);
    detach?.();
    conclude(parts, exchange, outcome);
    account();
  };
  const exchanged = {
    request: message,
    response,
    client: parts.clientFor(admission, platform),
    path: request.path,
    headers: platform.requestHeaders(passage),
    hasBody: request.hasBody,
    takesGzip: request.takesGzip,
    edit(answer: AnswerHead) {
      parts.leaving.noteAnswer(session, passage, answer);
      parts.cookieOrigins.noteAnswer(passage.target.address, answer.headers);
      return editAnswer(platform, passage, answer);
    },
    counts: session.counts,
    queueTimeout: parts.rules.current.web.limits.answerMs,
    bodyTimeout: parts.rules.current.web.limits.bodyMs,
  };
  parts.metrics.live("http", 1);
  detach = session.attach(relayHttp(exchanged, done));
}

/** The platform that is known; a controller of which nothing is known yet is asked first. */
export function platformOf(parts: WebParts, admission: Admission): Awaitable<Platform> {
  const { pages, session } = admission;
  const known = parts.platforms.known(pages, session.claims.platform);
  if (known) return known;
  return parts.platforms.detect(pages, parts.probeFor(admission));
}

/** Throws `controller-redirect` where the answer would lead the browser away. */
function editAnswer(platform: Platform, passage: Passage, answer: AnswerHead): EditedAnswer {
  const away = leadsAway(answer, passage);
  if (away !== undefined) throw new UpstreamFault("controller-redirect", away);
  return { headers: platform.responseHeaders(passage, answer), editBody: platform.bodyEdit?.(passage, answer) };
}

/** A client that waits for a word before it sends its body (RFC 9110, 10.1.1) has it once it is admitted. */
function awaitsContinue({ headers, httpVersion }: IncomingMessage): boolean {
  return httpVersion === "1.1" && headers.expect?.toLowerCase() === "100-continue";
}

function conclude(parts: WebParts, exchange: AdmittedExchange, outcome: HttpOutcome): void {
  const { message, response, request, admission } = exchange;
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

export interface Passing {
  readonly request: WebRequest;
  readonly admission: Admission;
  readonly method: string;
}

export function passageOf(parts: WebParts, { request, admission, method }: Passing): Passage {
  const { session, target, pages, publicOrigin } = admission;
  const { path, headers, hasOrigin, referer, sessionKey, attempt } = request;
  const upgrade = attempt.transport === "websocket";
  const cookies = parts.cookieOrigins.ownCookies(session, target.address, request.cookies);
  return { target, pages, publicOrigin, method, path, upgrade, hasOrigin, referer, sessionKey, cookies, headers };
}
