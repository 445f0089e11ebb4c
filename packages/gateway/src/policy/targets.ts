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

interface Decided {
  readonly wanted: Wanted;
  readonly target: Result<ResolvedTarget>;
}

/** So many addresses are remembered at once: there are as many as tokens lead to, and others must not fill memory. */
const REMEMBERED = 1_024;

/**
 * The target that a token opens, inside the networks that the operator listed. What was decided last about the same
 * claims and request is said again, as the same object: it depends on nothing else. Other rules are another policy.
 */
export class TargetPolicy {
  readonly #rules: TargetRules;
  readonly #last = new WeakMap<Claims, Decided>();
  readonly #listed = new Map<string, boolean>();

  constructor(rules: TargetRules) {
    this.#rules = rules;
  }

  decide(claims: Claims, wanted: Wanted): Result<ResolvedTarget> {
    const last = this.#last.get(claims);
    if (last && isSame(last.wanted, wanted)) return last.target;
    const target = decideTarget(claims, wanted, this.#rules);
    this.#last.set(claims, { wanted, target });
    return target;
  }

  /** Whether the operator listed this address at all, for who is about to dial it, however that was decided upon. */
  lists(address: string): boolean {
    const known = this.#listed.get(address);
    if (known !== undefined) return known;
    const listed = isAllowedTarget(address, this.#rules.networks);
    if (this.#listed.size >= REMEMBERED) this.#listed.clear();
    this.#listed.set(address, listed);
    return listed;
  }
}

function isSame(one: Wanted, other: Wanted): boolean {
  return one.address === other.address && one.port === other.port && one.second === other.second;
}

function decideTarget(claims: Claims, wanted: Wanted, rules: TargetRules): Result<ResolvedTarget> {
  const target = resolveTarget(claims, wanted, rules);
  if (!target.ok) return target;
  return isAllowedTarget(target.value.target.address, rules.networks) ? allow(target.value) : deny("target-network");
}
