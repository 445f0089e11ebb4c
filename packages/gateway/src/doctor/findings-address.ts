import { isAllowedTarget } from "@sallyport/shared";
import type { Case, Finding } from "./finding.ts";

/** Whether sessions may go there at all. */
export function addressFindings({ seen: { address, port }, settings }: Case): Finding[] {
  const findings: Finding[] = [];
  if (!isAllowedTarget(address, settings.networks)) {
    findings.push({
      code: "address-refused",
      severity: "warning",
      text: "The gateway refuses this address. Loopback, link-local and metadata addresses are open only if listed themselves.",
      setting: `ALLOWED_TARGETS with ${address} or its network`,
    });
  }
  if (port !== settings.targetPort && !settings.ports.includes(port)) {
    findings.push({
      code: "port-refused",
      severity: "warning",
      text: `A token that names no port opens ${settings.targetPort}, not ${port}.`,
      setting: `claim port: ${port}, or TARGET_PORT=${port} where all controllers listen there`,
    });
  }
  return findings;
}
