import type { WebSocket } from "ws";
import type { PortBehaviour } from "../core/family.ts";
import type { Screen } from "../core/screen.ts";
import type { Slot, Slots } from "../core/slots.ts";
import type { Tickets } from "../core/tickets.ts";
import type { Upgrade } from "../core/upgrade.ts";
import { APCP, type ApcpPacket, decodeApcp, decodeLogin, encodeApcp } from "./apcp.ts";

export interface ConsoleParts {
  readonly screen: Screen;
  readonly slots: Slots;
  /** One-time log-ins: user to password. */
  readonly tickets: Tickets<string>;
  readonly reject: (reason: string) => void;
  /** A console that is cut instead of closed keeps its slot. */
  readonly leakSlots: boolean;
}

const SUBPROTOCOL = "lws-dvc-protocol";
/** What a log-in over the console comes to. */
const RESULT = { ok: 0, bad: 1, full: 2 } as const;

/** The console's own port: nothing but WebSockets. */
export function consolePort(parts: ConsoleParts): PortBehaviour {
  const open = (upgrade: Upgrade) => openConsole(upgrade, parts);
  return {
    routes: [],
    sockets: [
      { path: "/", open },
      { path: "/vkvm/", open },
    ],
  };
}

function openConsole(upgrade: Upgrade, parts: ConsoleParts): void {
  if (upgrade.offers().join() !== SUBPROTOCOL) {
    upgrade.refuse(400, "subprotocol");
    return;
  }
  upgrade.accept({ protocol: SUBPROTOCOL }, (websocket) => {
    const console = new Console(websocket, parts);
    websocket.on("message", (data: Buffer) => console.take(decodeApcp(data)));
    websocket.on("close", (code) => console.closed(code));
    websocket.send(encodeApcp(APCP.hello));
  });
}

/** One open console: nothing before its log-in, then the screen. */
class Console {
  readonly #websocket: WebSocket;
  readonly #parts: ConsoleParts;
  #slot: Slot | undefined;

  constructor(websocket: WebSocket, parts: ConsoleParts) {
    this.#websocket = websocket;
    this.#parts = parts;
  }

  take(packet: ApcpPacket | undefined): void {
    if (packet?.type === APCP.login && packet.body.length === 64) this.#logIn(packet.body);
    else if (packet?.type === APCP.key && this.#slot !== undefined) this.#press(packet.body);
    else this.#end("console-protocol");
  }

  closed(code: number): void {
    // 1006: the connection broke without a close frame.
    if (code === 1006 && this.#parts.leakSlots) this.#slot?.lose();
    else this.#slot?.free();
  }

  #logIn(body: Buffer): void {
    const { user, password } = decodeLogin(body);
    if (this.#parts.tickets.redeem(user) !== password) {
      this.#end("console-credentials", RESULT.bad);
      return;
    }
    this.#slot = this.#parts.slots.take();
    if (this.#slot === undefined) {
      this.#end("console-limit", RESULT.full);
      return;
    }
    this.#websocket.send(encodeApcp(APCP.result, Buffer.from([RESULT.ok])));
    const show = (packet: Buffer) => this.#websocket.send(encodeApcp(APCP.picture, packet));
    this.#parts.screen.show(this.#websocket, show);
  }

  #press(body: Buffer): void {
    if (body.length === 5 && body[0] === 1) this.#parts.screen.press(body.readUInt32BE(1));
  }

  #end(reason: string, result?: number): void {
    this.#parts.reject(reason);
    if (result !== undefined) this.#websocket.send(encodeApcp(APCP.result, Buffer.from([result])));
    this.#websocket.close(1000);
  }
}
