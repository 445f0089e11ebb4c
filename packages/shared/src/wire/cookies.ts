/**
 * Cookie headers, read and edited as text. What is not ours leaves as it came: names that strict readers drop
 * (`-http-session-`), odd values and spacing included.
 */
export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** The pair as it stood, spaces around it aside. */
  readonly text: string;
}

/** The pairs of a Cookie header (RFC 6265, 5.4), in order; an empty part is skipped, a part without `=` has no name. */
export function readCookies(header: string | undefined): readonly Cookie[] {
  if (!header) return [];
  const cookies: Cookie[] = [];
  for (const part of header.split(";")) {
    const text = trimSpaces(part);
    if (text === "") continue;
    const equals = text.indexOf("=");
    const name = equals < 0 ? "" : trimSpaces(text.slice(0, equals));
    cookies.push({ name, value: trimSpaces(text.slice(equals + 1)), text });
  }
  return cookies;
}

/** Spaces and tabs only: `trim` would eat 0xA0 too, which ends many a character in UTF-8. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

export function writeCookies(cookies: readonly Cookie[]): string {
  return cookies.map((cookie) => cookie.text).join("; ");
}

/** The values of every cookie of this name: more than one means that somebody else set one too. */
export function cookieValues(cookies: readonly Cookie[], name: string): readonly string[] {
  return cookies.filter((cookie) => cookie.name === name).map((cookie) => cookie.value);
}
