import type { WebAttempt } from "../../packages/gateway/src/admission/attempt.ts";

/** What a browser behind the edge asks, once its cookie is read: a page of the controller at 127.0.0.1:443. */
export function webAttempt(token: string, more: Partial<WebAttempt> = {}): WebAttempt {
  return {
    entrypoint: "web",
    transport: "http",
    requestId: "r",
    tokens: [token],
    sessionId: "id",
    wanted: { address: "127.0.0.1", port: 443 },
    publicHost: "x.example",
    publicOrigin: "https://x.example",
    provenance: {
      kind: "safe",
      origin: undefined,
      fetchSite: undefined,
      fetchMode: undefined,
      serviceWorker: false,
      controllerCookies: false,
    },
    clientAddress: undefined,
    peer: () => undefined,
    edge: { assertion: undefined, method: "GET", target: "/" },
    ...more,
  };
}
