import { namesVendor, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import type { Platform } from "./platform.ts";
import { withOwnReferer } from "./request-headers.ts";
import { editConsolePages } from "./second-ports.ts";

const CONSOLE_PORT = 3900;

/**
 * Lenovo XClarity Controller. Calls must come with a Referer of its own; the log-in is a bearer token that its page
 * keeps, and the console is on a port that its page asks for. How a log-in is given back is not known.
 */
export const xcc: Platform = {
  ...generic,
  name: "xcc",
  label: "Lenovo XCC",
  legacyTls: false,
  secondPorts: [CONSOLE_PORT],
  connections: 4,
  requestHeaders: (passage) => withOwnReferer(passage, generic.requestHeaders(passage)),
  bodyEdit: editConsolePages({ ports: [CONSOLE_PORT], pages: /^/ }),
  probes: REDFISH_ROOT,
  recognise: (evidence) => namesVendor(evidence, /^lenovo$/i),
};
