import type { Platform } from "./platform.ts";
import { mapRequestHeaders } from "./request-headers.ts";
import { mapResponseHeaders } from "./response-headers.ts";

/** The rules that hold for every controller, for one of no family that is known. */
export const generic: Platform = {
  name: "generic",
  label: "unknown controller",
  secondPorts: [],
  // As many as the operator allows.
  connections: Number.POSITIVE_INFINITY,
  lenientHttp: false,
  legacyTls: true,
  requestHeaders: mapRequestHeaders,
  responseHeaders: mapResponseHeaders,
  probes: [],
  recognise: () => false,
};
