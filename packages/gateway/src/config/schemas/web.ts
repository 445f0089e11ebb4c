import { listenAddress, text, yesOrNo } from "../fields.ts";
import { section, setting } from "../settings.ts";
import { controllersSchema, edgeSchema } from "./edge.ts";
import { limitsSchema } from "./limits.ts";
import { oneTimeLinksSchema } from "./one-time-links.ts";
import { targetsSchema } from "./targets.ts";
import { tokenSchema } from "./token.ts";

/** Row P-01: the original's names, in the working folder. */
export const DEFAULT_CERTIFICATE = { cert: "origin.crt", key: "origin.key" } as const;

const tlsSchema = section({
  cert: setting(text().default(DEFAULT_CERTIFICATE.cert), {
    env: "CERT_PATH",
    atStart: ({ web }) => web.tls.certPath,
    path: true,
    shown: `${DEFAULT_CERTIFICATE.cert} (image: /etc/ssl/origin.crt)`,
    help: "The origin's certificate with its chain, PEM. Without one a self-signed certificate is made.",
  }),
  key: setting(text().default(DEFAULT_CERTIFICATE.key), {
    env: "KEY_PATH",
    atStart: ({ web }) => web.tls.keyPath,
    path: true,
    shown: `${DEFAULT_CERTIFICATE.key} (image: /etc/ssl/origin.key)`,
    help: "The certificate's private key, PEM.",
  }),
});

/** The entrypoint for browsers behind the edge. */
export const webSchema = section({
  listen: setting(listenAddress().default({ host: "0.0.0.0", port: 8443 }), {
    env: "LISTEN",
    atStart: ({ web }) => [web.listen.host, web.listen.port],
    shown: "0.0.0.0:8443",
    help: "Address and port of the `web` entrypoint; port 0 takes any free one.",
  }),
  tls: tlsSchema,
  token: tokenSchema,
  oneTimeLinks: oneTimeLinksSchema,
  targets: targetsSchema,
  edge: edgeSchema,
  controllers: controllersSchema,
  limits: limitsSchema,
  allowNoOrigin: setting(yesOrNo().default(false), {
    env: "ALLOW_NO_ORIGIN",
    shown: "false",
    help: "Let WebSocket clients without an Origin header in, if nothing in the request speaks of a browser.",
  }),
  closeRefusedUpgrades: setting(yesOrNo().default(false), {
    env: "CLOSE_REFUSED_UPGRADES",
    shown: "false",
    help: "Answer a refused WebSocket upgrade with a 101 and a close frame, which a page behind an original edge can see.",
  }),
});
