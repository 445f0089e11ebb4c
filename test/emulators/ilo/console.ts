import type { WebSocket } from "ws";
import type { SocketRoute } from "../core/routes.ts";
import type { Screen } from "../core/screen.ts";
import type { Slots } from "../core/slots.ts";
import { CMD_AUTHENTICATE, CMD_AUTHENTICATED, decodeHello, decodeKey, PICTURE } from "./messages.ts";
import { type IloSession, type IloSessions, pageSession } from "./sessions.ts";

export interface ConsoleParts {
  readonly sessions: IloSessions;
  readonly screen: Screen;
  readonly slots: Slots;
  readonly reject: (reason: string) => void;
}

/** The console: cookie in the handshake, session key over the open socket. */
export function consoleSocket(parts: ConsoleParts): SocketRoute {
  return {
    path: "/wss/ircport",
    open: (upgrade) => {
      const session = pageSession(upgrade, parts.sessions);
      if (session !== undefined) upgrade.accept({}, (websocket) => authenticate(websocket, session, parts));
    },
  };
}

function authenticate(websocket: WebSocket, session: IloSession, parts: ConsoleParts): void {
  websocket.once("message", (message: Buffer) => {
    const slot = decodeHello(message) === session.token ? parts.slots.take() : "wrong";
    if (slot === undefined || slot === "wrong") {
      refuse(websocket, parts, slot === "wrong" ? "console-key" : "console-limit");
      return;
    }
    websocket.on("close", () => slot.free());
    showScreen(websocket, parts);
  });
  websocket.send(Buffer.from([CMD_AUTHENTICATE]));
}

function showScreen(websocket: WebSocket, parts: ConsoleParts): void {
  websocket.on("message", (message: Buffer) => {
    const keysym = decodeKey(message);
    if (keysym === undefined) refuse(websocket, parts, "console-protocol");
    else if (keysym > 0) parts.screen.press(keysym);
  });
  websocket.send(Buffer.from([CMD_AUTHENTICATED]));
  parts.screen.show(websocket, (packet) => websocket.send(Buffer.concat([Buffer.from([PICTURE]), packet])));
}

function refuse(websocket: WebSocket, { reject }: ConsoleParts, reason: string): void {
  reject(reason);
  websocket.close(1000);
}
