import { PRIVATE_NETWORKS, parseNetwork } from "@sallyport/shared";
import { networks, port, ports } from "../fields.ts";
import { section, setting } from "../settings.ts";

const PRIVATE = PRIVATE_NETWORKS.map(parseNetwork).filter((network) => network !== undefined);

/** Where sessions may go. */
export const targetsSchema = section({
  networks: setting(networks().default(PRIVATE), {
    env: "ALLOWED_TARGETS",
    shown: PRIVATE_NETWORKS.join(","),
    help: "Networks and addresses of controllers. Loopback, link-local, metadata and multicast addresses are open only if listed themselves.",
  }),
  ports: setting(ports().default([443]), {
    env: "ALLOWED_PORTS",
    shown: "443",
    help: "Ports that a token without the claims `port` and `ports` opens.",
  }),
  targetPort: setting(port().default(443), {
    env: "TARGET_PORT",
    shown: "443",
    help: "Where controllers listen when the token names no port and the edge none, or 443.",
  }),
});
