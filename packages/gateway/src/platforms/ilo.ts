import { answered, namesVendor, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import { hasHeader } from "./headers.ts";
import { heldCookies } from "./login.ts";
import type { Platform } from "./platform.ts";

const SESSION = "sessionKey";
const IDENTITY = "/xmldata?item=All";

/**
 * HPE iLO 4 to 6. Its pages send the log-in's key as X-Auth-Token, which an edge may lose on the way and gives us in a
 * header of ours instead (rows P-05, P-08). It is put back for a page's own requests only, and never over a genuine
 * one: a header made of a cookie would otherwise take the place of the protection against other sites' requests.
 */
export const ilo: Platform = {
  ...generic,
  name: "ilo",
  label: "HPE iLO",
  connections: 6,
  requestHeaders(passage) {
    const pairs = generic.requestHeaders(passage);
    const { sessionKey, upgrade } = passage;
    const keep = sessionKey === undefined || upgrade || hasHeader(pairs, "x-auth-token");
    return keep ? pairs : [...pairs, "X-Auth-Token", sessionKey];
  },
  login: {
    cookies: [SESSION],
    headers: [],
    logOut(held) {
      const key = held.cookie(SESSION);
      if (key === undefined) return undefined;
      const body = JSON.stringify({ method: "logout", session_key: key });
      const headers = ["Content-Type", "application/json"];
      return { method: "POST", path: "/json/login_session", cookies: heldCookies(held, [SESSION]), headers, body };
    },
  },
  probes: [...REDFISH_ROOT, IDENTITY],
  recognise: (evidence) => namesVendor(evidence, /^hpe?$/i) || answered(evidence, IDENTITY, /<RIMP[\s>]/),
};
