// What a principal may reach. Pure: no input or output, no clock.
import {
  allow,
  type Claims,
  deny,
  isAllowedTarget,
  type Network,
  type PortRules,
  type ResolvedTarget,
  type Result,
  resolveTarget,
  type Wanted,
} from "@sallyport/shared";

export interface TargetRules extends PortRules {
  readonly networks: readonly Network[];
}

/** The target that a token opens, inside the networks that the operator listed. */
export function decideTarget(claims: Claims, wanted: Wanted, rules: TargetRules): Result<ResolvedTarget> {
  const target = resolveTarget(claims, wanted, rules);
  if (!target.ok) return target;
  return isAllowedTarget(target.value.target.address, rules.networks) ? allow(target.value) : deny("target-network");
}
