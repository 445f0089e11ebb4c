/**
 * Why a session, or one live connection of it, ends. A page reads it from the WebSocket close code and reason
 * (RFC 6455, 7.4: 4000 to 4999 are for private use).
 */
const codes = {
  expired: 4001,
  "time-limit": 4002,
  revoked: 4003,
  idle: 4008,
  replaced: 4009,
  ended: 4000,
  draining: 1001,
  "controller-gone": 1001,
  "upstream-gone": 1001,
  "client-gone": 1001,
  "controller-garbage": 1014,
  "client-garbage": 1002,
  "frame-too-large": 1009,
  crowded: 1013,
  fault: 1011,
} as const;

export type EndReason = keyof typeof codes;

export function closeCode(reason: EndReason): number {
  return codes[reason];
}

/** The machine-readable text beside the code, such as `sallyport:expired`. ASCII, under 123 bytes. */
export function closeText(reason: EndReason): string {
  return closeTextOf(reason);
}

/** The same form around any short word of ours, such as a kind of refusal. */
export function closeTextOf(word: string): string {
  return `sallyport:${word}`;
}
