import type { WebSocket } from "ws";
import type { PortBehaviour } from "../core/family.ts";
import type { Screen } from "../core/screen.ts";
import type { Tickets } from "../core/tickets.ts";
import { ACCEPTED, decodeKey, PICTURE } from "./messages.ts";

export interface ConsoleParts {
  readonly screen: Screen;
  readonly tickets: Tickets<true>;
  readonly reject: (reason: string) => void;
}

/** The remote presence's own port. What travels over it is not known: the one-time key comes first, and then the screen. */
export function consolePort(parts: ConsoleParts): PortBehaviour {
  return {
    routes: [],
    sockets: [{ path: "/", open: (upgrade) => upgrade.accept({}, (websocket) => logIn(websocket, parts)) }],
  };
}

function logIn(websocket: WebSocket, parts: ConsoleParts): void {
  websocket.once("message", (message: Buffer) => {
    if (parts.tickets.redeem(message.toString("latin1")) === undefined) refuse(websocket, parts, "console-key");
    else showScreen(websocket, parts);
  });
}

function showScreen(websocket: WebSocket, parts: ConsoleParts): void {
  websocket.on("message", (message: Buffer) => {
    const keysym = decodeKey(message);
    if (keysym === undefined) refuse(websocket, parts, "console-protocol");
    else if (keysym > 0) parts.screen.press(keysym);
  });
  websocket.send(Buffer.from([ACCEPTED]));
  parts.screen.show(websocket, (packet) => websocket.send(Buffer.concat([Buffer.from([PICTURE]), packet])));
}

function refuse(websocket: WebSocket, { reject }: ConsoleParts, reason: string): void {
  reject(reason);
  websocket.close(1000);
}
