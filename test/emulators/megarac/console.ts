import type { WebSocket } from "ws";
import type { SocketRoute } from "../core/routes.ts";
import type { Screen } from "../core/screen.ts";
import type { Tickets } from "../core/tickets.ts";
import type { Upgrade } from "../core/upgrade.ts";
import type { KvmGrant } from "./api.ts";
import { decodeValidation, encodeIvtp, IVTP, type IvtpPacket, IvtpReader } from "./ivtp.ts";
import type { Mastery } from "./mastery.ts";
import { type Packing, packer } from "./packing.ts";
import { cookieSession, type MegaracSessions } from "./sessions.ts";

export interface ConsoleParts {
  readonly sessions: MegaracSessions;
  readonly tickets: Tickets<KvmGrant>;
  readonly screen: Screen;
  readonly mastery: Mastery;
  readonly reject: (reason: string) => void;
  readonly peerBound: boolean;
  readonly packing: Packing;
  readonly stuck: boolean;
}

const VALID = 1;
const INVALID = 0;
/** The console: cookie and Origin in the handshake, a one-time token over the open socket. */
export function consoleSocket(parts: ConsoleParts): SocketRoute {
  return { path: "/kvm", open: (upgrade) => openConsole(upgrade, parts) };
}

function openConsole(upgrade: Upgrade, parts: ConsoleParts): void {
  if (cookieSession(upgrade, parts.sessions) === undefined) {
    upgrade.refuse(401, "unauthenticated");
    return;
  }
  const protocol = upgrade.offers().includes("binary") ? "binary" : undefined;
  if (parts.stuck) {
    upgrade.acceptOddly("http-text", protocol);
    return;
  }
  upgrade.accept({ protocol }, (websocket) => {
    const console = new Console(websocket, upgrade.entry.peer.address, parts);
    const reader = new IvtpReader();
    websocket.on("message", (data: Buffer) => {
      for (const packet of reader.push(data)) console.take(packet);
    });
  });
}

/** One open console: `begin`, `validate`, `resumeVideo`, and then the screen. */
class Console {
  readonly #websocket: WebSocket;
  readonly #peer: string;
  readonly #parts: ConsoleParts;
  readonly #send: (packet: Buffer) => void;
  #begun = false;
  #master: (() => boolean) | undefined;

  constructor(websocket: WebSocket, peer: string, parts: ConsoleParts) {
    this.#websocket = websocket;
    this.#peer = peer;
    this.#parts = parts;
    this.#send = packer(websocket, parts.packing);
    this.#send(encodeIvtp(IVTP.connectionAllowed));
  }

  take(packet: IvtpPacket): void {
    switch (packet.command) {
      case IVTP.begin:
        this.#begun = packet.status === 1;
        break;
      case IVTP.validate:
        this.#validate(packet);
        break;
      case IVTP.resumeVideo:
        if (this.#master !== undefined) this.#showScreen();
        break;
      case IVTP.input:
        this.#press(packet.body);
        break;
      case IVTP.keepAlive:
        break;
      default:
        this.#refuse("console-protocol");
    }
  }

  #validate({ body }: IvtpPacket): void {
    const fault = this.#fault(body);
    if (fault !== undefined) {
      this.#refuse(fault);
      return;
    }
    this.#master = this.#parts.mastery.join(this.#websocket);
    this.#send(encodeIvtp(IVTP.validated, VALID));
  }

  /** Why this is no valid log-in, or undefined. */
  #fault(body: Buffer): string | undefined {
    if (!this.#begun) return "console-order";
    const given = decodeValidation(body);
    if (given === undefined) return "console-protocol";
    const grant = this.#parts.tickets.redeem(given.token);
    if (grant === undefined) return "console-token";
    if (given.clientIp !== grant.clientIp) return "client-ip";
    return this.#parts.peerBound && grant.clientIp !== this.#peer ? "token-peer" : undefined;
  }

  #showScreen(): void {
    this.#parts.screen.show(this.#websocket, (packet) => this.#send(encodeIvtp(IVTP.video, 0, packet)));
  }

  /** Only the master types; what the others send is ignored. */
  #press(body: Buffer): void {
    if (this.#master?.() !== true) this.#parts.reject("view-only");
    else if (body.length === 5 && body[0] === 1) this.#parts.screen.press(body.readUInt32LE(1));
  }

  #refuse(reason: string): void {
    this.#parts.reject(reason);
    this.#send(encodeIvtp(IVTP.validated, INVALID));
    this.#websocket.close(1000);
  }
}
