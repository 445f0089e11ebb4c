import type { IncomingMessage } from "node:http";
import { type WebSocket, WebSocketServer } from "ws";
import type { Changes } from "./changes.ts";
import type { Clock } from "./clock.ts";
import { sendInFragments } from "./fragments.ts";
import { plainAnswer } from "./plain-answer.ts";
import { afterSilence } from "./silence.ts";
import type { AcceptOptions, UpgradeParts } from "./upgrade.ts";

export interface WebSocketsParts {
  readonly changes: Changes;
  readonly clock: Clock;
  /** How often an open WebSocket is pinged, in milliseconds; undefined for a controller that never does. */
  readonly pingMs: number | undefined;
  /** The most bytes of a message that go into one frame; undefined: all. */
  readonly fragmentBytes: number | undefined;
  /** How long an open one is left alone, in milliseconds, before the controller begins to speak and to listen. */
  readonly silenceMs: number | undefined;
}

/** The controller's open WebSockets. */
export class WebSockets implements Iterable<WebSocket> {
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  readonly #accepting = new WeakMap<IncomingMessage, { upgrade: UpgradeParts; options: AcceptOptions }>();
  readonly #parts: WebSocketsParts;

  constructor(parts: WebSocketsParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      handleProtocols: (_offered, request) => this.#accepting.get(request)?.options.protocol ?? false,
    });
    this.#server.on("headers", (lines, request) => {
      const more = Object.entries(this.#accepting.get(request)?.options.headers ?? {});
      lines.push(...more.map(([name, value]) => `${name}: ${value}`));
    });
    this.#server.on("wsClientError", (error, socket, request) => {
      const upgrade = this.#accepting.get(request)?.upgrade;
      if (upgrade !== undefined) {
        upgrade.reject("handshake", upgrade.entry);
        upgrade.entry.status = 400;
      }
      socket.end(plainAnswer(400, `${error.message}\n`));
    });
  }

  get size(): number {
    return this.#open.size;
  }

  [Symbol.iterator](): Iterator<WebSocket> {
    return this.#open.values();
  }

  accept(upgrade: UpgradeParts, options: AcceptOptions, use: (websocket: WebSocket) => void): void {
    this.#accepting.set(upgrade.request, { upgrade, options });
    // ws refuses an empty line; which controllers do is for their rules to say.
    if (upgrade.request.headers["sec-websocket-protocol"] === "")
      delete upgrade.request.headers["sec-websocket-protocol"];
    this.#server.handleUpgrade(upgrade.request, upgrade.socket, upgrade.rest, (websocket) => {
      this.#keep(websocket);
      // A frame against the protocol closes the socket in ws; what the controller would do is counted.
      websocket.on("error", () => upgrade.reject("websocket-protocol"));
      this.#begin(websocket, use);
      this.#parts.changes.notify();
    });
  }

  #keep(websocket: WebSocket): void {
    const { pingMs, fragmentBytes, changes } = this.#parts;
    if (fragmentBytes !== undefined) sendInFragments(websocket, fragmentBytes);
    this.#open.add(websocket);
    const heartbeat = pingMs === undefined ? undefined : setInterval(() => websocket.ping(), pingMs);
    websocket.on("close", () => {
      clearInterval(heartbeat);
      this.#open.delete(websocket);
      changes.notify();
    });
  }

  #begin(websocket: WebSocket, use: (websocket: WebSocket) => void): void {
    websocket.pause();
    afterSilence(this.#parts.clock, this.#parts.silenceMs, websocket, () => {
      use(websocket);
      websocket.resume();
    });
  }

  /** Cuts all of them, as a controller that restarts does. */
  terminate(): void {
    for (const websocket of this.#open) websocket.terminate();
  }
}
