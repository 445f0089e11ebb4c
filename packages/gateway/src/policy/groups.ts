import { allow, deny, type Result } from "@sallyport/shared";
import type { CertificatePrincipal } from "../identity/client-certificate.ts";

/** Whether one of the principal's groups is among those that may go on (row J-07). */
export function decideGroups({ groups }: CertificatePrincipal, authorized: readonly string[]): Result<true> {
  return groups.some((group) => authorized.includes(group))
    ? allow(true)
    : deny("group-not-allowed", groups.join(", "));
}
