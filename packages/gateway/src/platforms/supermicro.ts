import { answered, namesVendor, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import { cookieLogin } from "./login.ts";
import type { Platform } from "./platform.ts";
import { withOwnOrigin, withOwnReferer } from "./request-headers.ts";

/**
 * Supermicro X9 to X13 with the ATEN web page. Host and Referer must be the controller's own (X11), the CSRF header's
 * name has an underscore, the names of a handshake's headers must be in the RFC's own case, and the console's socket
 * is at `/`.
 */
export const supermicro: Platform = {
  ...generic,
  name: "supermicro",
  label: "Supermicro",
  connections: 4,
  requestHeaders: (passage) => withOwnReferer(passage, withOwnOrigin(passage, generic.requestHeaders(passage))),
  login: cookieLogin({ cookie: "SID", method: "GET", path: "/cgi/logout.cgi" }),
  probes: [...REDFISH_ROOT, "/"],
  recognise: (evidence) =>
    namesVendor(evidence, /^supermicro/i) || answered(evidence, "/", /\/cgi\/login\.cgi|Super\s?Micro/i),
};
