import {
  allow,
  type Claims,
  checkHost,
  deny,
  networkContains,
  parseAddress,
  parseNetwork,
  type Result,
} from "@sallyport/shared";

/** Where a request came from, as far as the gate that we believe tells. */
export interface Caller {
  /** Host name, with its port where it has one, under which the caller sees us. */
  readonly publicHost: string | undefined;
  readonly clientAddress: string | undefined;
}

/** The claims `host` and `cip` against the caller. */
export function decideCaller(claims: Claims, caller: Caller): Result<true> {
  const host = checkHost(claims, caller.publicHost);
  if (!host.ok) return host;
  if (claims.cip === undefined) return allow(true);
  const network = parseNetwork(claims.cip);
  const address = caller.clientAddress === undefined ? undefined : parseAddress(caller.clientAddress);
  return network && address && networkContains(network, address) ? allow(true) : deny("token-client");
}
