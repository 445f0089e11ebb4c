import { type Network, networkContains, parseAddress } from "@sallyport/shared";

/** One entry of `PLATFORMS`. */
export interface NetworkFamily<Name extends string = string> {
  readonly network: Network;
  /** The family's name. */
  readonly platform: Name;
}

/** What the narrowest network that holds this address says; undefined where none does. */
export function familyByNetwork<Name extends string>(
  entries: readonly NetworkFamily<Name>[],
  address: string,
): Name | undefined {
  if (entries.length === 0) return undefined;
  const parsed = parseAddress(address);
  if (!parsed) return undefined;
  const fitting = entries.filter(({ network }) => networkContains(network, parsed));
  return fitting.toSorted((one, other) => other.network.prefix - one.network.prefix)[0]?.platform;
}
