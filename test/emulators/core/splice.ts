import { connect } from "node:net";
import type { WebSocket } from "ws";

export interface SpliceOptions {
  readonly host: string;
  readonly port: number;
  /** A longer message from the WebSocket is refused and closes it. Bytes. */
  readonly maxMessageBytes: number;
  /** Called when that happens. */
  readonly onOverrun: () => void;
  /** Takes a message that is not for the service; true: it has been taken. */
  readonly intercept?: (message: Buffer) => boolean;
  /** Close reasons, as the controller words them. */
  readonly reasons: { readonly overrun: string; readonly unreachable: string };
}

/** Joins a WebSocket and a TCP service: messages are a byte stream one way, each read is one binary message the other. */
export function spliceToTcp(websocket: WebSocket, options: SpliceOptions): void {
  const tcp = connect({ host: options.host, port: options.port });
  tcp.setNoDelay(true);
  websocket.on("message", (data: Buffer) => {
    if (tcp.destroyed || options.intercept?.(data) === true) return;
    if (data.length > options.maxMessageBytes) {
      options.onOverrun();
      websocket.close(1000, options.reasons.overrun);
    } else if (!tcp.write(data)) {
      websocket.pause();
    }
  });
  tcp.on("drain", () => websocket.resume());
  tcp.on("data", (chunk) => {
    tcp.pause();
    // An error here means that the WebSocket has closed, and then so does the connection below.
    websocket.send(chunk, { binary: true }, () => tcp.resume());
  });
  // "close" follows "error" on a socket, so one listener ends the other side in every case.
  tcp.on("error", () => tcp.destroy());
  tcp.on("close", () => {
    websocket.resume();
    websocket.close(1000, options.reasons.unreachable);
  });
  websocket.on("close", () => tcp.destroy());
}
