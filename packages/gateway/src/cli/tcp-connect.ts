import { readClientTrust } from "../certificates/client-trust.ts";
import { readPair } from "../certificates/files.ts";
import { CertificateError } from "../certificates/pair.ts";
import { isLoopback } from "../config/loopback.ts";
import { parsePlaces } from "../config/places.ts";
import { startTcpClient } from "../tcp-client.ts";
import { Failure, type World } from "./environment.ts";

export interface TcpConnectOptions {
  readonly listen: string;
  readonly to: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly serverName?: string;
  readonly alpn?: readonly string[];
}

/** Lets plain programs on this machine reach a TCP listener that asks for a client certificate. */
export async function tcpConnect(world: World, options: TcpConnectOptions): Promise<void> {
  const { ca: caPath, cert: certPath, key: keyPath, serverName, alpn = [] } = options;
  const places = parsePlaces(options);
  if ("fault" in places) throw new Failure(places.fault);
  const { listen, to } = places;
  if (!isLoopback(listen.host))
    throw new Failure("--listen must be a loopback address: whoever reaches it acts with your certificate");
  const [ca, pair] = await Promise.all([
    readClientTrust(caPath, []).catch(explain),
    readPair({ certPath, keyPath, required: true }).catch(explain),
  ]);
  const stop = Promise.withResolvers<void>();
  world.onSignal("stop", () => stop.resolve());
  const client = await startTcpClient({
    ...{ listen, to },
    tls: { ca: ca.ca, serverName, client: pair, alpn },
    onFault: (message) => world.err(`${message}\n`),
  });
  world.out(`listening on ${listen.host}:${client.port}\n`);
  await stop.promise;
  await client.close();
}

function explain(error: unknown): never {
  if (error instanceof CertificateError) throw new Failure(error.faults.join("\n"));
  throw error;
}
