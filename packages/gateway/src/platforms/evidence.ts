/** What a controller answered to one probe. */
export interface ProbeAnswer {
  readonly status: number;
  /** In lower case, the values of one name joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Decompressed; cut where it is long. */
  readonly body: string;
}

/** Answers by the path that was asked for; a path that was not answered is missing. */
export type Evidence = ReadonlyMap<string, ProbeAnswer>;

/** The root of Redfish, which needs no log-in (DSP0266, 13.3.7). Some answer it with the slash only, some without. */
export const REDFISH_ROOT = ["/redfish/v1", "/redfish/v1/"] as const;

/** A successful answer to this probe whose body the pattern fits. */
export function answered(evidence: Evidence, path: string, pattern: RegExp): boolean {
  const answer = evidence.get(path);
  return answer !== undefined && answer.status === 200 && pattern.test(answer.body);
}

/** The vendors that Redfish's root names: its member `Vendor`, and the keys of its member `Oem`. Empty: none. */
export function redfishVendors(evidence: Evidence): readonly string[] | undefined {
  const root = redfishRoot(evidence);
  if (root === undefined) return undefined;
  const { Vendor: vendor, Oem: oem } = root;
  const keys = typeof oem === "object" && oem !== null ? Object.keys(oem) : [];
  return typeof vendor === "string" ? [vendor, ...keys] : keys;
}

/** Whether there is a Redfish root at all: every resource says its own place (DSP0266, `@odata.id`). */
export function hasRedfish(evidence: Evidence): boolean {
  return typeof redfishRoot(evidence)?.["@odata.id"] === "string";
}

interface RedfishRoot {
  readonly Vendor?: unknown;
  readonly Oem?: unknown;
  readonly "@odata.id"?: unknown;
}

function redfishRoot(evidence: Evidence): RedfishRoot | undefined {
  const answer = REDFISH_ROOT.map((path) => evidence.get(path)).find((one) => one?.status === 200);
  if (answer === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(answer.body);
    return typeof root === "object" && root !== null ? root : undefined;
  } catch {
    // Whatever answers there, it is not Redfish.
    return undefined;
  }
}

/** Whether Redfish's root names this vendor. */
export function namesVendor(evidence: Evidence, vendor: RegExp): boolean {
  return redfishVendors(evidence)?.some((name) => vendor.test(name)) ?? false;
}
