import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** A loopback port that was free a moment ago, for programs that cannot be asked which one they chose. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const TRIES = 400;

/** Waits until a program that tells nobody listens on its port. */
export async function waitForPort(port: number): Promise<void> {
  for (let left = TRIES; left > 0; left--) {
    if (await isOpen(port)) return;
    const later = Promise.withResolvers<void>();
    setTimeout(() => later.resolve(), 25);
    await later.promise;
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Whether anybody takes connections on a loopback port. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => settle(true)).once("error", () => settle(false));
  });
}
