import { detectPlatform, type Probe } from "../platforms/detect.ts";
import { type Evidence, redfishVendors } from "../platforms/evidence.ts";
import { generic } from "../platforms/generic.ts";
import type { Platform } from "../platforms/platform.ts";
import { UpstreamFault } from "../pools/fault.ts";

/** `names-itself`: Redfish says the vendor; `own-page`: a page that only this family has; `exclusion`: Redfish that names nobody. */
export type Sureness = "names-itself" | "own-page" | "exclusion" | "none";

export interface Recognition {
  readonly platform: Platform;
  readonly sure: Sureness;
  /** What was asked and answered: path and status. */
  readonly evidence: readonly { readonly path: string; readonly status: number }[];
}

/** The family, as the gateway would find it out. A controller that gives up meanwhile is of none. */
export async function recognise(probe: Probe): Promise<Recognition> {
  try {
    const { platform, evidence } = await detectPlatform(probe);
    const answers = [...evidence].map(([path, { status }]) => ({ path, status }));
    return { platform, sure: sureness(platform, evidence), evidence: answers };
  } catch (error) {
    if (error instanceof UpstreamFault) return { platform: generic, sure: "none", evidence: [] };
    throw error;
  }
}

function sureness(platform: Platform, evidence: Evidence): Sureness {
  if (platform === generic) return "none";
  const vendors = redfishVendors(evidence);
  if (vendors === undefined) return "own-page";
  if (vendors.length > 0) return "names-itself";
  return platform.name === "openbmc" ? "exclusion" : "own-page";
}
