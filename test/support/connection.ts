import { once } from "node:events";
import { type AddressInfo, connect, createServer, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { Certificate } from "./certificates.ts";

export interface ConnectionOptions {
  /** Over TLS, and who accepts shows this. */
  readonly certificate?: Pick<Certificate, "cert" | "key"> | undefined;
  /** Both ends may say their last before the other does. */
  readonly allowHalfOpen?: boolean;
  /** What the end that dialled reads by. */
  readonly onread?: OnReadOpts;
}

/** Both ends of an open connection; nothing of either has been read. */
export interface Connection extends AsyncDisposable {
  readonly dialled: Socket;
  readonly accepted: Socket;
}

/** Opens a connection on the loopback address. */
export async function openConnection(options: ConnectionOptions = {}): Promise<Connection> {
  const { certificate, onread, allowHalfOpen = false } = options;
  const { cert, key } = certificate ?? {};
  const server = certificate ? createTlsServer({ allowHalfOpen, cert, key }) : createServer({ allowHalfOpen });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const next = once(server, certificate ? "secureConnection" : "connection");
  const target = { host: "127.0.0.1", port, allowHalfOpen, ...(onread ? { onread } : {}) };
  const dialled = certificate ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
  const [accepted] = (await next) as [Socket];
  return {
    dialled,
    accepted,
    async [Symbol.asyncDispose]() {
      accepted.destroy();
      dialled.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
