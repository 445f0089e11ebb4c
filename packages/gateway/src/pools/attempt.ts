import type { Socket } from "node:net";
import type { Cancel } from "./cancellation.ts";
import type { Deadlines } from "./deadlines.ts";
import { UpstreamFault, upstreamFault } from "./fault.ts";

/** A connection in the making. */
export interface Attempt {
  readonly socket: Socket;
  /** What says that it stands. */
  readonly event: "connect" | "secureConnect";
  /** Looked at then: why it may not be used all the same. */
  readonly fault: () => UpstreamFault | undefined;
  /** Told once where it does not come to a connection that may be used. */
  readonly failed?: () => void;
}

/** Nobody wants the connection any more. */
export function aborted(): UpstreamFault {
  return new UpstreamFault("controller-timeout", "aborted");
}

function late(): UpstreamFault {
  return new UpstreamFault("controller-timeout", "dial-timeout");
}

function closed(): UpstreamFault {
  return new UpstreamFault("controller-reset", "closed");
}

/** Its socket once the attempt stands; that is destroyed where it does not come to that, or shows a fault. */
export function connected(attempt: Attempt, deadlines: Deadlines, cancel?: Cancel): Promise<Socket> {
  const { socket, event, fault } = attempt;
  return new Promise((resolve, reject) => {
    let isSettled = false;
    // A fault is made only where it counts: each has a stack, and every connection closes some day.
    const settle = (find: () => UpstreamFault | undefined) => {
      if (isSettled) return;
      isSettled = true;
      callOff();
      cancel?.removeEventListener("abort", stopped);
      const found = find();
      if (!found) return resolve(socket);
      attempt.failed?.();
      socket.destroy();
      reject(found);
    };
    const stopped = () => settle(aborted);
    const callOff = deadlines.begin(() => settle(late));
    // They stay: whoever takes the socket over listens for itself, and an error after `destroy` is nobody's.
    socket.on("error", (error) => settle(() => upstreamFault(error)));
    socket.on("close", () => settle(closed));
    socket.on(event, () => settle(fault));
    cancel?.addEventListener("abort", stopped);
  });
}
