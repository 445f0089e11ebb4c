import type { Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { Crowd } from "../../admission/crowd.ts";
import type { Received } from "./received.ts";
import { readUpgradeHead } from "./upgrade-head.ts";

export interface FirstBytesOptions {
  /**
   * After so many milliseconds at most, connections that said nothing are Node's server's, whose time for a head begins
   * then.
   */
  readonly patience: number;
  /** A WebSocket's upgrade was all that came on a new connection; its bytes wait for whoever reads next. */
  readonly onUpgrade: (received: Received, socket: TLSSocket) => void;
}

type Serve = (this: Server, socket: TLSSocket) => void;

/**
 * Looks at the first bytes of each connection of an HTTPS server: plain upgrades are read here, which spares them a
 * parser, its request and its listeners; everything else is Node's server's as if nobody had looked.
 */
export class FirstBytes {
  readonly #server: Server;
  readonly #options: FirstBytesOptions;
  readonly #serve: Serve;
  readonly #silent = new Crowd<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(server: Server, options: FirstBytesOptions) {
    this.#server = server;
    this.#options = options;
    this.#serve = takenFrom(server);
    server.on("secureConnection", (socket) => this.#meet(socket));
  }

  #meet(socket: TLSSocket): void {
    const onData = (bytes: Buffer) => {
      forget();
      const received = readUpgradeHead(bytes);
      if (received) this.#upgrade(received, socket);
      else this.#handOver(socket, "data", bytes);
    };
    const onError = (error: Error) => {
      forget();
      this.#handOver(socket, "error", error);
    };
    const leave = this.#silent.add(() => {
      forget();
      // Of one that is gone Node's server would never hear that it is.
      if (!socket.destroyed) this.#handOver(socket);
    });
    const forget = () => {
      leave();
      socket.off("data", onData);
      socket.off("error", onError);
    };
    socket.on("data", onData);
    socket.on("error", onError);
    this.#timer ??= setTimeout(() => this.#handAllOver(), this.#options.patience).unref();
  }

  #upgrade(received: Received, socket: TLSSocket): void {
    // As Node's server leaves a socket that was upgraded: what comes now is kept for the next listener.
    socket.readableFlowing = null;
    this.#options.onUpgrade(received, socket);
  }

  /** What was heard is said again at once, not put back: of two records that came together the second would be first. */
  #handOver(socket: TLSSocket, event?: "data" | "error", heard?: unknown): void {
    this.#serve.call(this.#server, socket);
    if (event !== undefined) socket.emit(event, heard);
  }

  #handAllOver(): void {
    this.#timer = undefined;
    for (const give of this.#silent) give();
  }
}

/** Node's own listener, which is in its place no more. */
function takenFrom(server: Server): Serve {
  const [serve, ...others] = server.listeners("secureConnection");
  if (!serve || others.length > 0) throw new TypeError("a server that nobody listens to yet is needed");
  server.removeAllListeners("secureConnection");
  return serve as Serve;
}
