import { withTrueType } from "./content-types.ts";
import { answered, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import { withoutHeader } from "./headers.ts";
import { cookieLogin } from "./login.ts";
import type { Platform } from "./platform.ts";
import { editConsolePages } from "./second-ports.ts";

const CONSOLE_PORT = 5900;
const DISCOVER = "/cgi-bin/discover";

/**
 * Dell iDRAC7 and 8 (firmware 2.x). Host must be its own from 2.81 on. Its files lie compressed on it and come as
 * `application/x-gzip` at times, scripts as HTML, so that types are told by suffix and must be guessable by a browser.
 * The console is on a TLS port of its own, whose number only a page knows.
 */
export const idrac8: Platform = {
  ...generic,
  name: "idrac8",
  label: "Dell iDRAC8",
  secondPorts: [CONSOLE_PORT],
  connections: 4,
  responseHeaders: (passage, answer) =>
    withoutHeader(withTrueType(passage, generic.responseHeaders(passage, answer)), "x-content-type-options"),
  bodyEdit: editConsolePages({ ports: [CONSOLE_PORT], pages: /console|viewer|vkvm/i }),
  login: cookieLogin({
    cookie: "-http-session-",
    token: { header: "ST2", required: false },
    method: "GET",
    path: "/data/logout",
  }),
  probes: [...REDFISH_ROOT, DISCOVER],
  recognise: (evidence) => answered(evidence, DISCOVER, /iDRAC[78]/i),
};
