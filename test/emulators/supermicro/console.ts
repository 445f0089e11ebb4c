import { on } from "node:events";
import type { WebSocket } from "ws";
import { ByteReader } from "../core/byte-reader.ts";
import type { Clock } from "../core/clock.ts";
import type { SocketRoute } from "../core/routes.ts";
import type { Screen } from "../core/screen.ts";
import type { Tickets } from "../core/tickets.ts";
import type { Upgrade } from "../core/upgrade.ts";
import {
  encodeInit,
  encodeUpdate,
  LOGIN_BYTES,
  MESSAGE,
  MESSAGE_BYTES,
  SECURITY,
  TOKEN_BYTES,
  VERSION,
} from "./aten.ts";
import { cookieSession, type SupermicroSession, type SupermicroSessions } from "./sessions.ts";

export interface ConsoleParts {
  readonly sessions: SupermicroSessions;
  readonly screen: Screen;
  readonly tickets: Tickets<SupermicroSession>;
  readonly clock: Clock;
  readonly reject: (reason: string) => void;
  /** Keys of a viewer that has given no sign of life for ten seconds are ignored. */
  readonly keepAlive: boolean;
  /** Called with each console that opens. */
  readonly onOpen: (session: SupermicroSession, websocket: WebSocket) => void;
}

const ALIVE_MS = 10_000;
const SCREEN = { width: 800, height: 600 };

/** The console is at the very root, as the log-in page is. */
export function consoleSocket(parts: ConsoleParts): SocketRoute {
  return { path: "/", open: (upgrade) => openConsole(upgrade, parts) };
}

function openConsole(upgrade: Upgrade, parts: ConsoleParts): void {
  const session = cookieSession(upgrade, parts.sessions);
  if (session === undefined) {
    upgrade.refuse(401, "unauthenticated");
    return;
  }
  const protocol = upgrade.offers().includes("binary") ? "binary" : undefined;
  upgrade.accept({ protocol }, (websocket) => {
    parts.onOpen(session, websocket);
    const viewer = new Viewer(websocket, session, parts);
    viewer.run().catch((error: Error) => parts.reject(`defect: ${error.message}`));
  });
}

/** One viewer, whose messages are a stream of bytes. */
class Viewer {
  readonly #websocket: WebSocket;
  readonly #session: SupermicroSession;
  readonly #parts: ConsoleParts;
  readonly #reader: ByteReader;
  #aliveAt: number;

  constructor(websocket: WebSocket, session: SupermicroSession, parts: ConsoleParts) {
    this.#websocket = websocket;
    this.#session = session;
    this.#parts = parts;
    this.#reader = new ByteReader(messagesOf(websocket));
    this.#aliveAt = parts.clock.now();
  }

  /** Resolves when the viewer has gone. */
  async run(): Promise<void> {
    const fault = await this.#logIn();
    if (fault !== undefined) {
      this.#refuse(fault);
      return;
    }
    this.#parts.screen.show(this.#websocket, (packet) => this.#websocket.send(encodeUpdate(packet)));
    for (;;) {
      const type = (await this.#reader.read(1))?.[0];
      if (type === undefined || !(await this.#take(type))) return;
    }
  }

  /** The steps of RFB's handshake. @returns why it failed; "gone" where the viewer just left */
  async #logIn(): Promise<string | undefined> {
    this.#websocket.send(Buffer.from(VERSION));
    const version = await this.#reader.read(VERSION.length);
    if (version?.toString("latin1") !== VERSION) return version === undefined ? "gone" : "console-version";
    this.#websocket.send(Buffer.from([1, SECURITY]));
    if ((await this.#reader.read(1))?.[0] !== SECURITY) return "console-security";
    const login = await this.#reader.read(LOGIN_BYTES);
    if (login === undefined) return "gone";
    if (!this.#valid(login)) return "console-token";
    this.#websocket.send(Buffer.alloc(4));
    if ((await this.#reader.read(1)) === undefined) return "gone";
    this.#websocket.send(encodeInit(SCREEN));
    return undefined;
  }

  /** A token of this session, not used before, and zeros behind it. */
  #valid(login: Buffer): boolean {
    const owner = this.#parts.tickets.redeem(login.toString("latin1", 0, TOKEN_BYTES));
    return owner === this.#session && login.subarray(TOKEN_BYTES).every((byte) => byte === 0);
  }

  async #take(type: number): Promise<boolean> {
    const length = MESSAGE_BYTES[type];
    if (length === undefined) {
      this.#refuse("console-protocol");
      return false;
    }
    const body = await this.#reader.read(length - 1);
    if (type === MESSAGE.keepAlive) this.#aliveAt = this.#parts.clock.now();
    if (type === MESSAGE.key && body?.[0] === 1) this.#press(body.readUInt32BE(3));
    return body !== undefined;
  }

  #press(keysym: number): void {
    const silent = this.#parts.clock.now() - this.#aliveAt > ALIVE_MS;
    if (this.#parts.keepAlive && silent) this.#parts.reject("stale-input");
    else this.#parts.screen.press(keysym);
  }

  #refuse(reason: string): void {
    if (reason !== "gone") this.#parts.reject(reason);
    this.#websocket.close(1000);
  }
}

async function* messagesOf(websocket: WebSocket): AsyncGenerator<Buffer> {
  for await (const [data] of on(websocket, "message", { close: ["close"] })) yield data;
}
