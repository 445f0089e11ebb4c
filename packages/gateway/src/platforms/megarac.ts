import { withTrueType } from "./content-types.ts";
import { answered, namesVendor, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import { cookieLogin } from "./login.ts";
import type { Platform } from "./platform.ts";
import { withOwnOrigin } from "./request-headers.ts";
import { editConsolePages } from "./second-ports.ts";

const MEDIA_PORT = 9667;
const RANDOM_TAG = "/api/randomtag";

/**
 * AMI MegaRAC SP-X, as on ASRockRack, Gigabyte, ASUS and Tyan boards. A socket must bring an Origin, and it must be the
 * controller's own; web log-ins are few enough to run out of, and stay for half an hour if they are not given back.
 */
export const megarac: Platform = {
  ...generic,
  name: "megarac",
  label: "AMI MegaRAC SP-X",
  legacyTls: false,
  secondPorts: [MEDIA_PORT],
  connections: 4,
  requestHeaders: (passage) => withOwnOrigin(passage, generic.requestHeaders(passage)),
  responseHeaders: (passage, answer) => withTrueType(passage, generic.responseHeaders(passage, answer)),
  bodyEdit: editConsolePages({ ports: [MEDIA_PORT], pages: /viewer|kvm|console/i }),
  login: cookieLogin({
    cookie: "QSESSIONID",
    token: { header: "X-CSRFTOKEN", required: true },
    method: "DELETE",
    path: "/api/session",
  }),
  probes: [...REDFISH_ROOT, RANDOM_TAG],
  recognise: (evidence) =>
    namesVendor(evidence, /^ami(?:_|$)|asrockrack/i) || answered(evidence, RANDOM_TAG, /random/i),
};
