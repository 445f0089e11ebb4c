import { addressInUrl, type Target } from "@sallyport/shared";

const DEFAULT_PORT = { https: 443, http: 80 } as const;

/** The controller's own authority, as a browser beside it would send it: `10.0.0.7`, `[fd00::7]:8443`. */
export function authorityOf({ address, port, scheme }: Target): string {
  const host = addressInUrl(address);
  return port === DEFAULT_PORT[scheme] ? host : `${host}:${port}`;
}

export function originOfTarget(target: Target): string {
  return `${target.scheme}://${authorityOf(target)}`;
}

/**
 * A URL reference of the controller's with its own authority replaced by ours, any scheme and port of the address
 * included; everything else as it was.
 */
export function mapToPublic(reference: string, { address }: Target, publicOrigin: string): string {
  const match = /^(?:(?:https?|wss?):)?\/\/([^/?#]*)(.*)$/is.exec(reference);
  if (!match) return reference;
  const [, authority = "", rest = ""] = match;
  const host = authority.replace(/^[^@]*@/, "").replace(/:[0-9]*$/, "");
  return host.toLowerCase() === addressInUrl(address) ? publicOrigin + rest : reference;
}
