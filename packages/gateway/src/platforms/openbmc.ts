import { hasRedfish, REDFISH_ROOT, redfishVendors } from "./evidence.ts";
import { generic } from "./generic.ts";
import { heldCookies } from "./login.ts";
import type { Platform } from "./platform.ts";

const SESSION = "BMCWEB-SESSION";
const TOKEN = "XSRF-TOKEN";

/**
 * OpenBMC's bmcweb with webui-vue. A WebSocket's sub-protocol is its secret, and must be the only one; request heads
 * over 8 KiB are refused. Recognised last: its Redfish names no vendor.
 */
export const openbmc: Platform = {
  ...generic,
  name: "openbmc",
  label: "OpenBMC",
  connections: 6,
  legacyTls: false,
  login: {
    cookies: [SESSION, TOKEN],
    headers: [],
    logOut(held) {
      const token = held.cookie(TOKEN);
      if (held.cookie(SESSION) === undefined || token === undefined) return undefined;
      const headers = ["X-XSRF-TOKEN", token, "Content-Type", "application/json"];
      return { method: "POST", path: "/logout", cookies: heldCookies(held, [SESSION, TOKEN]), headers, body: "{}" };
    },
  },
  probes: REDFISH_ROOT,
  recognise: (evidence) =>
    hasRedfish(evidence) && (redfishVendors(evidence)?.every((vendor) => /^openbmc$/i.test(vendor)) ?? false),
};
