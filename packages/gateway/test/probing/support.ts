import type { Target } from "@sallyport/shared";
import type { Probe } from "../../src/platforms/detect.ts";
import { createDial } from "../../src/pools/dial.ts";
import { createHttpClients } from "../../src/pools/http-clients.ts";
import { type Patience, probeOver } from "../../src/probing/probe.ts";

/** Questions to a controller as the gateway asks them, TLS of old included. */
export interface Asking extends AsyncDisposable {
  readonly probe: Probe;
}

export function askingOf(target: Target, patience?: Patience): Asking {
  const dial = createDial({ allowed: () => true, timeout: 5_000 });
  // Ages: what ends a wait here is the patience of who asks.
  const clients = createHttpClients({ dial, answerTimeout: 600_000 });
  const trust = { pins: [], ca: undefined, legacy: true };
  const client = clients.client({ target, trust }, { connections: 1, lenient: true });
  return { probe: probeOver(client, target, patience), [Symbol.asyncDispose]: async () => clients.close() };
}
