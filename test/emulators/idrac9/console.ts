import type { WebSocket } from "ws";
import type { Clock } from "../core/clock.ts";
import type { SocketRoute } from "../core/routes.ts";
import type { Slot, Slots } from "../core/slots.ts";
import { spliceToTcp } from "../core/splice.ts";
import type { Upgrade } from "../core/upgrade.ts";
import { consoleAnswer, exchangeKeys, mediaAnswer } from "./handshake.ts";
import type { Launches, LaunchKeys } from "./launch.ts";
import { cookieSession, type IdracSessions } from "./sessions.ts";

/** Where the machine's screen is served as RFB (VNC). */
export interface VncAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConsoleParts {
  readonly sessions: IdracSessions;
  readonly launches: Launches;
  readonly vnc: VncAddress;
  readonly slots: Slots;
  readonly media: Slots;
  readonly clock: Clock;
  readonly reject: (reason: string) => void;
}

/** Sent by the viewer every 20 s, and before it closes. No part of RFB. */
export const HEARTBEAT = Buffer.from([0xf7, 0x00, 0xf6]);
export const WINDOW_CLOSE = Buffer.from([0xf7, 0x00, 0xf9]);

const SUBPROTOCOL = "binary";
const MESSAGE_BYTES = 1024 * 1024;
const REASONS = { overrun: "message too long", unreachable: "console ended" };

export function consoleSockets(parts: ConsoleParts): SocketRoute[] {
  return [
    { path: "/vnc/vconsole", open: (upgrade) => openConsole(upgrade, parts) },
    { path: "/vnc/vmedia", open: (upgrade) => openMedia(upgrade, parts) },
  ];
}

function openConsole(upgrade: Upgrade, parts: ConsoleParts): void {
  const key = admit(upgrade, parts, "vck");
  if (key === undefined) return;
  const keys = parts.launches.consoles.redeem(key);
  accept(upgrade, parts, keys, (websocket, { second }) => {
    const done = () => showScreen(websocket, parts);
    exchangeKeys({ ...parts, websocket, expected: consoleAnswer(second), done });
  });
}

/** One at a time. What travels over an open one is not emulated. */
function openMedia(upgrade: Upgrade, parts: ConsoleParts): void {
  const key = admit(upgrade, parts, "vmk");
  if (key === undefined) return;
  const keys = parts.launches.media.redeem(key);
  accept(upgrade, parts, keys, (websocket, known) => {
    const slot = takeSlot(websocket, parts.media, () => parts.reject("media-limit"));
    if (slot === undefined) return;
    websocket.on("close", () => slot.free());
    exchangeKeys({ ...parts, websocket, expected: mediaAnswer(known), done: () => websocket.resume() });
  });
}

/** The key in the query; undefined where the upgrade has been refused. */
function admit(upgrade: Upgrade, { sessions }: ConsoleParts, name: "vck" | "vmk"): string | undefined {
  const key = upgrade.query(name);
  if (cookieSession(upgrade, sessions) === undefined) upgrade.refuse(401, "unauthenticated");
  else if (upgrade.offers().join() !== SUBPROTOCOL) upgrade.refuse(400, "subprotocol");
  else if (key === undefined || key === "") upgrade.refuse(502, `${name}-missing`);
  else return key;
  return undefined;
}

/** The handshake succeeds with a wrong key too; the socket then closes at once. */
function accept(
  upgrade: Upgrade,
  { reject }: ConsoleParts,
  keys: LaunchKeys | undefined,
  use: (websocket: WebSocket, keys: LaunchKeys) => void,
): void {
  upgrade.accept({ protocol: SUBPROTOCOL }, (websocket) => {
    if (keys !== undefined) {
      use(websocket, keys);
      return;
    }
    reject("key-unknown");
    websocket.close(1000);
  });
}

/** The VNC server's bytes. Only the viewer's farewell gives the slot back. */
function showScreen(websocket: WebSocket, { slots, vnc, reject }: ConsoleParts): void {
  const slot = takeSlot(websocket, slots, () => reject("console-limit"));
  if (slot === undefined) return;
  const intercept = (message: Buffer) => {
    if (message.equals(WINDOW_CLOSE)) slot.free();
    return message.equals(WINDOW_CLOSE) || message.equals(HEARTBEAT);
  };
  websocket.on("close", () => slot.lose());
  const onOverrun = () => reject("message-bytes");
  spliceToTcp(websocket, { ...vnc, maxMessageBytes: MESSAGE_BYTES, onOverrun, reasons: REASONS, intercept });
}

function takeSlot(websocket: WebSocket, slots: Slots, onNone: () => void): Slot | undefined {
  const slot = slots.take();
  if (slot === undefined) {
    onNone();
    websocket.close(1000);
  }
  return slot;
}
