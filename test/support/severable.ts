import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * How a way is cut. `refused`: connections are reset, and so is each new one. `silent`: nothing comes through any more
 * and nobody is told; connections of before stay dead after the return, as where a firewall forgot them.
 */
export type Cut = "refused" | "silent";

/** A way to a server on loopback that can be cut. */
export interface SeverableWay extends AsyncDisposable {
  readonly port: number;
  cut(how: Cut): void;
  /** From now on new connections come through. */
  mend(): void;
}

export async function startSeverableWay(to: number): Promise<SeverableWay> {
  let state: Cut | "open" = "open";
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (state === "refused") near.resetAndDestroy();
    else if (state === "silent") near.resume();
    else join(near, to, keep);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    cut(how) {
      state = how;
      for (const socket of sockets) {
        if (how === "refused") socket.resetAndDestroy();
        else socket.unpipe().removeAllListeners("data").resume();
      }
    },
    mend() {
      state = "open";
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(near: Socket, to: number, keep: (socket: Socket) => void): void {
  const far = connect({ host: "127.0.0.1", port: to });
  keep(far);
  near.pipe(far).pipe(near);
  near.on("close", () => far.destroy());
  far.on("close", () => near.destroy());
}
