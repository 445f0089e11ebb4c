import { startStatus } from "../admin/status.ts";
import type { ListenAddress } from "../config/configuration.ts";
import { listenAddress } from "../config/fields.ts";
import type { TcpProxyParts } from "../tcp-proxy.ts";
import type { Log } from "../telemetry/log.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { Failure } from "./environment.ts";
import { listeningFailure } from "./listening.ts";

/** What TCP listeners count, and where that is told. */
export interface TcpStatus extends AsyncDisposable {
  /** What proxies are given, so that they count. */
  readonly parts: Pick<TcpProxyParts, "metrics">;
  readonly port: number | undefined;
  /** What `/readyz` says. */
  ready: boolean;
}

export interface StatusParts {
  readonly log: Log;
  readonly version: string;
}

/** Listens at the address of `--status`; without one nothing is counted and nobody is told. */
export async function openStatus(address: string | undefined, { log, version }: StatusParts): Promise<TcpStatus> {
  if (address === undefined) return { parts: {}, port: undefined, ready: false, async [Symbol.asyncDispose]() {} };
  const listen = readAddress(address);
  const metrics = createMetrics();
  const source = { ready: false, snapshots: async () => [await metrics.snapshot()] };
  const onError = (error: unknown) => log.error({ error }, "the status listener could not answer");
  const listener = await startStatus({ listen, source, version, onError }).catch((error: unknown) => {
    throw listeningFailure(error, "--status") ?? error;
  });
  return {
    parts: { metrics },
    port: listener.port,
    get ready() {
      return source.ready;
    },
    set ready(ready) {
      source.ready = ready;
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

function readAddress(text: string): ListenAddress {
  const parsed = listenAddress().safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Failure(`--status ${parsed.error.issues[0]?.message}`);
}
