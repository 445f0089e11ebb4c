/** What a folder of the gateway may import beside itself and `packages/shared`, and why nothing more. */
export interface Layer {
  readonly may: readonly string[];
  readonly because: string;
}

const BELOW_ADMISSION = ["identity", "policy", "limits", "ledger", "store", "telemetry", "config"] as const;

/** The table of ARCHITECTURE.md. `main.ts`, `cli/` and `compose.ts` stand above it and may import everything. */
export const layers: Readonly<Record<string, Layer>> = {
  entrypoints: {
    may: ["admission", "platforms", "pools", "relay", ...BELOW_ADMISSION, "pacing"],
    because: "an entrypoint turns bytes into attempts and refusals into bytes; what it works with is handed to it",
  },
  admin: {
    may: ["admission", "platforms", "pools", "relay", ...BELOW_ADMISSION],
    because: "the admin listener shows and ends what others keep; it serves no traffic",
  },
  admission: {
    may: [...BELOW_ADMISSION, "pacing"],
    because: "it decides and records; a connection is opened by those who were let in, after it",
  },
  platforms: {
    may: ["config"],
    because: "a controller family's rules are pure, so that the next family is one file",
  },
  probing: {
    may: ["platforms", "pools", "config"],
    because: "it asks under a trust that is handed in, and what the answers mean is the platforms'",
  },
  doctor: {
    may: ["platforms", "pools", "config"],
    because: "it looks at a controller as the gateway would, from a command line, and serves nobody",
  },
  relay: {
    may: ["pools", "telemetry", "config", "pacing"],
    because: "it moves bytes of what was admitted and dialled, and never asks who sent them",
  },
  pools: {
    may: ["telemetry", "config"],
    because: "dialling knows addresses and trust, neither callers nor entrypoints",
  },
  identity: { may: ["config"], because: "a credential's proof must not depend on what it opens" },
  policy: { may: ["identity", "config"], because: "a rule over a principal and a target is pure" },
  limits: { may: ["identity", "config"], because: "a limit counts, whoever asks" },
  ledger: {
    may: ["store", "telemetry", "config", "pacing"],
    because: "what is recorded must not depend on who decided it",
  },
  certificates: { may: ["telemetry", "config"], because: "the origin's certificate is there before any traffic is" },
  processes: {
    may: ["store", "telemetry", "config", "admin", "certificates"],
    because: "the parent starts whole gateways, hands them their certificate and reaches into none",
  },
  store: { may: ["telemetry", "config"], because: "it keeps what it is given and decides nothing" },
  pacing: {
    may: [],
    because: "how things are kept and walked over of which there are many does not depend on whose they are",
  },
  telemetry: { may: ["config"], because: "a log line must not depend on what it reports" },
  config: { may: [], because: "settings are read before anything else exists" },
};
