import type { Case, Finding, Severity } from "./finding.ts";
import { addressFindings } from "./findings-address.ts";
import { httpFindings } from "./findings-http.ts";
import { platformFindings } from "./findings-platform.ts";
import { secondPortFindings } from "./findings-second-ports.ts";
import { tlsFindings } from "./findings-tls.ts";

const ORDER: readonly Severity[] = ["breaks", "warning", "note"];

/** Every finding, the gravest first. Pure. */
export function findingsOf(one: Case): Finding[] {
  const reach = [...addressFindings(one), ...tlsFindings(one)];
  const all = [...reach, ...platformFindings(one), ...secondPortFindings(one), ...httpFindings(one)];
  return all.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
