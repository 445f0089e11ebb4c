import type { SocketRoute } from "../core/routes.ts";
import { spliceToTcp } from "../core/splice.ts";
import type { Admission } from "./admission.ts";
import { upgradeHeaders } from "./answer-headers.ts";

/** Where the machine's screen is served as RFB (VNC). */
export interface VncAddress {
  readonly host: string;
  readonly port: number;
}

export const KVM_SESSIONS = 4;
/** bmcweb's input buffer: a longer client message closes the console. */
export const KVM_MESSAGE_BYTES = 1024;

const REASONS = { overrun: "Buffer overrun", unreachable: "Error in connecting to KVM port" };

/** The screen console: the VNC server's bytes in binary messages, for at most four at a time. */
export function kvmSocket(admission: Admission, vnc: VncAddress, reject: (reason: string) => void): SocketRoute {
  let sessions = 0;
  return {
    path: "/kvm/0",
    open: (upgrade) => {
      const admitted = admission.admitSocket(upgrade);
      if (admitted === undefined) return;
      upgrade.accept({ ...admitted, headers: upgradeHeaders }, (websocket) => {
        if (sessions >= KVM_SESSIONS) {
          // bmcweb finds out after the handshake, so the refusal is a close, not a status.
          reject("kvm-limit");
          websocket.close(1000, "Max sessions are already connected");
          return;
        }
        sessions += 1;
        websocket.on("close", () => {
          sessions -= 1;
        });
        const onOverrun = () => reject("message-bytes");
        spliceToTcp(websocket, { ...vnc, maxMessageBytes: KVM_MESSAGE_BYTES, onOverrun, reasons: REASONS });
      });
    },
  };
}
