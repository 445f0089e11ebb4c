/** Longest token that is looked at: a cookie holds no more than 4,096 bytes, its name and attributes included. */
export const MAX_TOKEN_LENGTH = 4096;

/**
 * Base64url, not empty, with the unused bits of its last character clear (RFC 4648, 3.5): with any others the same token
 * would have several spellings, and as many hashes.
 */
const PART = /^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{4}|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048]|[A-Za-z0-9_-][AQgw])$/;

/** Whether a text has the form of a JWS in compact serialisation (RFC 7515, 7.1), in its only spelling. */
export function isCompactJws(text: string): boolean {
  if (text.length > MAX_TOKEN_LENGTH) return false;
  const parts = text.split(".");
  return parts.length === 3 && parts.every((part) => PART.test(part));
}
