import { networkPlatforms, networks, secretLines, text, yesOrNo } from "../fields.ts";
import { section, setting } from "../settings.ts";

/** How the edge proves that a request comes from it. */
export const edgeSchema = section({
  key: setting(secretLines().optional(), {
    env: "EDGE_KEY",
    secret: true,
    shown: "none: no proof is asked for",
    help: "The secret that the edge signs each request with, 32 bytes or more. To replace it, set several, one a line, the newest first.",
    instead: "keyFile",
  }),
  keyFile: setting(text().optional(), {
    env: "EDGE_KEY_FILE",
    path: true,
    shown: "none",
    help: "A file that holds what `EDGE_KEY` would.",
    instead: "key",
  }),
  ca: setting(text().optional(), {
    env: "EDGE_CA",
    atStart: ({ web }) => web.edge.ca,
    path: true,
    shown: "none",
    help: "A PEM file with the CA that the edge's client certificate must come from (mutual TLS).",
  }),
});

/** What is asked of controllers' own TLS. */
export const controllersSchema = section({
  ca: setting(text().optional(), {
    env: "CONTROLLER_CA",
    path: true,
    shown: "none: certificates are checked against the token's pin only",
    help: "A PEM file with the CAs that controllers' certificates must come from.",
  }),
  legacyTls: setting(networks().default([]), {
    env: "LEGACY_TLS",
    shown: "none",
    help: "Networks whose controllers may speak TLS 1.0 with weak keys and ciphers.",
  }),
  platforms: setting(networkPlatforms().default([]), {
    env: "PLATFORMS",
    shown: "none",
    help: "Which networks have controllers of which family, such as `10.1.0.0/16=idrac8`; the narrowest that fits holds, and a token's claim `platform` over it.",
  }),
  detect: setting(yesOrNo().default(true), {
    env: "DETECT_PLATFORMS",
    shown: "true",
    help: "Ask a controller of which nothing is said what it is, by paths that need no log-in.",
  }),
});
