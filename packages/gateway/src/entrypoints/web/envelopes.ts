import { decodeEnvelope, type Envelope, LEGACY_HEADERS, type Result } from "@sallyport/shared";

/** So many are remembered at once, so long at most: each may keep the whole URL that it was cut from. */
const REMEMBERED = { envelopes: 64, length: 2_048 } as const;
/** What an original edge puts into it, and ours never does. */
const SECRETS = ["cookie", "sec-websocket-protocol"] as const;

const known = new Map<string, Result<Envelope>>();

/**
 * What the envelope of an upgrade says, in our wire or the original's; refusals as of `decodeEnvelope`. One browser's are
 * all alike, and to take them apart is most of what it costs to read an upgrade: those that are good, and hold no
 * secrets, are said again as the same object.
 */
export function readEnvelope(raw: string): Result<Envelope> {
  const remembered = known.get(raw);
  if (remembered) return remembered;
  const read = decodeEnvelope(raw, LEGACY_HEADERS);
  if (read.ok && raw.length <= REMEMBERED.length && !hasSecrets(read.value)) remember(raw, read);
  return read;
}

function hasSecrets(envelope: Envelope): boolean {
  return SECRETS.some((name) => envelope[name] !== undefined);
}

function remember(raw: string, read: Result<Envelope>): void {
  if (known.size >= REMEMBERED.envelopes) known.clear();
  known.set(raw, read);
}
