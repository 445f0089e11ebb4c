import { generic } from "./generic.ts";
import type { Platform } from "./platform.ts";

/**
 * HPE iLO 4 to 6. Its pages send the log-in's key as X-Auth-Token, which an edge may lose on the way and gives us in a
 * header of ours instead (rows P-05, P-08). It is put back for a page's own requests only, and never over a genuine
 * one: a header made of a cookie would otherwise take the place of the protection against other sites' requests.
 */
export const ilo: Platform = {
  ...generic,
  name: "ilo",
  requestHeaders(passage) {
    const pairs = generic.requestHeaders(passage);
    const { sessionKey, upgrade } = passage;
    const genuine = pairs.some((text, index) => index % 2 === 0 && text.toLowerCase() === "x-auth-token");
    return sessionKey === undefined || upgrade || genuine ? pairs : [...pairs, "X-Auth-Token", sessionKey];
  },
};
