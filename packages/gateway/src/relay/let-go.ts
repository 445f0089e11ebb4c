import type { Duplex } from "node:stream";
import type { SharedReads } from "../pools/shared-reads.ts";

/**
 * Forgets, on a socket that has closed, everybody who listened to it or took what was read. Node gives the handle below
 * each TLS socket an accessor, which V8 makes in its old generation: the socket lives on until a full collection, and all
 * that its listeners refer to would be copied twice meanwhile, which was a tenth of what a console costs to open.
 */
export function letGo(socket: Duplex, reads: SharedReads): void {
  reads.stop();
  socket.removeAllListeners();
  // An error behind a close is nobody's, and without a listener it would end the process.
  socket.on("error", ignore);
}

function ignore(): void {}
