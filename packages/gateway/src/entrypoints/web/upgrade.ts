import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Awaitable, allow, andThen, Header, type Reason, WIRE_VERSION } from "@sallyport/shared";
import type { Admission } from "../../admission/admit.ts";
import type { Live } from "../../admission/session.ts";
import { headerValue } from "../../platforms/headers.ts";
import type { AnswerHead, Passage, Platform } from "../../platforms/platform.ts";
import { type Cancel, Cancellation } from "../../pools/cancellation.ts";
import { upstreamFault } from "../../pools/fault.ts";
import { SharedReads } from "../../pools/shared-reads.ts";
import { acceptKey, openWebSocket, type UpgradeRequest } from "../../relay/upgrade.ts";
import type { UpgradeAnswer } from "../../relay/upgrade-answer.ts";
import { type BridgeEnd, WebSocketBridge } from "../../relay/websocket.ts";
import { passageOf, platformOf } from "./http.ts";
import type { WebParts } from "./parts.ts";
import { readUpgrade, type WebRequest } from "./read.ts";
import { refuseUpgrade } from "./refuse.ts";
import type { Traffic } from "./traffic.ts";

/** A browser side that was quiet for so many seconds is pinged: Cloudflare's edge cuts idle sockets at about 100 s. */
const KEEP_ALIVE_SECONDS = 25;

/** An upgrade that came in. */
export interface Incoming {
  readonly message: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly requestId: string;
  /** Counts the bridge for as long as it stands. */
  readonly traffic: Traffic;
}

/** What is known of an upgrade that was admitted. */
interface Decided {
  readonly request: WebRequest;
  readonly admission: Admission;
  readonly platform: Platform;
}

interface Admitted extends Incoming, Decided {
  readonly passage: Passage;
}

/** One WebSocket: read, admit, dial, switch, bridge, account. What a known session asks for is dialled when this returns. */
export function handleUpgrade(parts: WebParts, incoming: Incoming): Awaitable<void> {
  const { message, socket, requestId } = incoming;
  socket.on("error", (error) => parts.log.debug({ requestId, code: codeOf(error) }, "client connection failed"));
  const read = readUpgrade(message, { requestId, cookie: parts.rules.current.web.token.cookie });
  return andThen(parts.admitter.admit(read.ok ? allow(read.value.attempt) : read, requestId), (admitted) => {
    if (!admitted.ok || !read.ok) return refuse(parts, incoming, admitted.ok ? "internal-error" : admitted.reason);
    const decided = { request: read.value, admission: admitted.value };
    return andThen(platformOf(parts, admitted.value), (platform) => begin(parts, incoming, { ...decided, platform }));
  });
}

function begin(parts: WebParts, incoming: Incoming, decided: Decided): Awaitable<void> {
  const { message, socket, head, requestId, traffic } = incoming;
  const { request, admission, platform } = decided;
  if (!opens(parts, platform, admission)) {
    parts.log.warn({ requestId, platform: platform.name, port: admission.target.port }, "no port of this platform");
    return refuse(parts, incoming, "target-port");
  }
  const passage = passageOf(parts, { request, admission, method: "GET" });
  return connect(parts, { message, socket, head, requestId, traffic, request, admission, platform, passage });
}

/** A second port is its family's, or one that the token or the operator names. */
function opens({ rules }: WebParts, { secondPorts }: Platform, { target, pages, session }: Admission): boolean {
  const { port } = target;
  if (port === pages.port || secondPorts.includes(port)) return true;
  return (session.claims.ports?.includes(port) ?? false) || rules.current.web.targets.ports.includes(port);
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function refuse(parts: WebParts, { socket, message, requestId }: Incoming, reason: Reason): void {
  const original = headerValue(message.rawHeaders, Header.wire) !== WIRE_VERSION;
  const closes = parts.rules.current.web.closeRefusedUpgrades && original;
  const key = closes ? headerValue(message.rawHeaders, "sec-websocket-key") : undefined;
  refuseUpgrade({ socket, reason, requestId, closeWithKey: key });
}

/** Reaches the controller while the session may end and the client may go. */
async function connect(parts: WebParts, admitted: Admitted): Promise<void> {
  const { socket, admission, platform } = admitted;
  const abort = new Cancellation();
  const gone = () => abort.abort();
  socket.on("close", gone);
  const detach = admission.session.attach({ end: gone });
  // Admission, and asking a controller what it is, may have waited: a client that went meanwhile says so no more.
  if (socket.destroyed) gone();
  try {
    const reads = new SharedReads();
    const controller = await parts.dial(parts.upstreamFor(admission, platform), abort, reads.onread);
    const answer = await openWebSocket(requestOf(parts, admitted, { controller, reads, signal: abort }));
    // It went while the answer was on its way to us: a bridge would not hear of that any more.
    if (abort.aborted) {
      controller.destroy();
      refuse(parts, admitted, "session-ended");
    } else if (answer.switched) bridge(parts, admitted, { controller, reads, head: answer.head, rest: answer.rest });
    else {
      abort.addEventListener("abort", () => answer.body.destroy());
      await passOn(parts, admitted, answer);
    }
  } catch (error) {
    if (abort.aborted) refuse(parts, admitted, "session-ended");
    else failed(parts, admitted, error);
  } finally {
    detach();
    socket.off("close", gone);
  }
}

interface Asking {
  readonly controller: Socket;
  readonly reads: SharedReads;
  readonly signal: Cancel;
}

/** What the controller is asked for. */
function requestOf(parts: WebParts, admitted: Admitted, { controller, reads, signal }: Asking): UpgradeRequest {
  const { request, platform, passage } = admitted;
  return {
    socket: controller,
    reads,
    path: request.path,
    headers: platform.requestHeaders(passage),
    protocols: request.protocols,
    deadlines: parts.upgradeDeadlines,
    signal,
  };
}

function failed(parts: WebParts, admitted: Admitted, error: unknown): void {
  const { request, requestId } = admitted;
  const fault = upstreamFault(error);
  parts.metrics.upstreamFault(fault.reason);
  const fields = {
    requestId,
    address: request.attempt.wanted.address,
    port: admitted.admission.target.port,
    reason: fault.reason,
    code: fault.code,
  };
  parts.log.warn(fields, "controller failed");
  refuse(parts, admitted, fault.reason);
}

/** The controller's own refusal reaches the browser, status and body. */
async function passOn(
  { log, rules }: WebParts,
  { message, socket, platform, passage, requestId }: Admitted,
  { head, body }: UpgradeAnswer & { switched: false },
): Promise<void> {
  const response = new ServerResponse(message);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  try {
    const headers = platform.responseHeaders(passage, head) as string[];
    response.writeHead(head.status, head.phrase, headers);
  } catch (error) {
    // A head that cannot be said again: nobody else would let go of its connection.
    body.destroy();
    throw error;
  }
  // Node's own listener went when the upgrade came: nobody else tells the response that it may go on.
  const drained = () => response.emit("drain");
  socket.on("drain", drained);
  // One that reads no more would hold the controller's connection, too, for as long as its session lasts.
  socket.setTimeout(rules.current.web.limits.bodyMs, () => socket.destroy());
  body.pipe(response);
  body.once("error", (error) => log.debug({ requestId, code: codeOf(error) }, "a controller's refusal was cut off"));
  // One that is cut off has no end that would be passed on: its client would wait for the rest.
  body.once("close", () => body.readableEnded || socket.destroy());
  await new Promise((resolve) => response.once("close", resolve).once("finish", resolve));
  socket.off("drain", drained);
  body.destroy();
  socket.destroySoon();
}

interface Switched extends Pick<Asking, "controller" | "reads"> {
  readonly head: AnswerHead;
  readonly rest: Buffer;
}

function bridge(parts: WebParts, admitted: Admitted, { head, rest, controller, reads }: Switched): void {
  const { socket, admission, requestId } = admitted;
  const { session } = admission;
  const { limits } = parts.rules.current.web;
  socket.write(switchingText(admitted, head), "latin1");
  parts.metrics.live("websocket", 1);
  const live: Live = { end: (reason) => running.end(reason) };
  const leave: (() => void)[] = [];
  const running = new WebSocketBridge({
    client: socket,
    controller,
    controllerReads: reads,
    limits: {
      maxPayload: limits.frameBytes,
      idleTicks: Math.ceil(limits.idleMs / 1000),
      keepAliveTicks: KEEP_ALIVE_SECONDS,
    },
    counts: session.counts,
    farewell: admitted.platform.farewell?.(admitted.request.path),
    ticker: parts.ticker,
    onEnd: (end) => {
      for (const one of leave) one();
      ended(parts, { requestId, session: session.name, end });
    },
  });
  running.begin(admitted.head, rest);
  leave.push(session.attach(live), admitted.traffic.bridge(live));
}

interface Ended {
  readonly requestId: string;
  readonly session: string;
  readonly end: BridgeEnd;
}

function ended({ log, metrics }: WebParts, { requestId, session, end }: Ended): void {
  metrics.live("websocket", -1);
  metrics.ended(end.reason);
  if (end.stuck) metrics.stuckFrame();
  const { reason, stuck, detail } = end;
  log.info({ requestId, session, reason, stuck, detail }, "websocket ended");
}

/** The 101 towards the browser: our own handshake, the controller's choice of sub-protocol and its other headers. */
function switchingText({ message, platform, passage }: Admitted, head: AnswerHead): string {
  const accept = acceptKey(headerValue(message.rawHeaders, "sec-websocket-key") ?? "");
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  const headers = platform.responseHeaders(passage, head);
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return `${text}\r\n`;
}
