import { sha256 } from "@sallyport/shared";

/**
 * The gateways for a controller, the preferred one first (rendezvous hash: one address keeps to one gateway while that
 * one stands, so that a controller sees one source address).
 */
export async function rankGateways(address: string, gateways: readonly string[]): Promise<readonly string[]> {
  if (gateways.length < 2) return gateways;
  const weighed = await Promise.all(
    gateways.map(async (name) => ({ name, weight: await sha256(`${name} ${address}`) })),
  );
  return weighed.sort((one, other) => (one.weight < other.weight ? -1 : 1)).map(({ name }) => name);
}
