/** A head that a strict parser takes. */
export interface RepairedHead {
  readonly head: Buffer;
  /** Bytes of the head as it came. */
  readonly length: number;
  /** A 1xx: another head follows. */
  readonly interim: boolean;
  /** Bytes of the body where the head gave one number for it; undefined: until the end of the connection. */
  readonly bodyLength: number | undefined;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const STATUS_LINE = /^HTTP\/1\.[01] +([1-9][0-9]{2})(?: +(.*))?$/;

/**
 * Makes an answer's head fit HTTP/1.1 (RFC 9112, 4 and 5): line ends, folded lines, names that are none. The body's
 * length is taken out, so that the connection's end is the answer's: what is promised does not always come. Undefined
 * where the head is not whole yet, or begins as no head does.
 */
export function repairHead(bytes: Buffer): RepairedHead | undefined {
  const text = bytes.toString("latin1");
  const end = /\r?\n\r?\n/.exec(text);
  const [, status, phrase = ""] = STATUS_LINE.exec(text.split(/\r?\n/, 1)[0]?.trimEnd() ?? "") ?? [];
  if (!end || status === undefined) return undefined;
  const fields = readFields(text.slice(0, end.index));
  const interim = status.startsWith("1") && status !== "101";
  const bodyless = interim || status === "204" || status === "304";
  const lengths = new Set(fields.filter(({ lower }) => lower === "content-length").map(({ value }) => value));
  const coded = fields.some(({ lower }) => lower === "transfer-encoding");
  const [only] = lengths;
  const known = !coded && lengths.size === 1 && /^[0-9]{1,15}$/.test(only ?? "");
  const kept = fields.filter(({ lower }) => lower !== "content-length" && lower !== "connection");
  const lines = [
    `HTTP/1.1 ${status} ${phrase.replace(/[^\t\x20-\x7e]/g, "")}`,
    ...kept.map(({ name, value }) => `${name}: ${value}`),
  ];
  if (!interim) lines.push("Connection: close");
  return {
    head: Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"),
    length: end.index + end[0].length,
    interim,
    bodyLength: bodyless ? 0 : known ? Number(only) : undefined,
  };
}

interface Field {
  readonly name: string;
  readonly lower: string;
  readonly value: string;
}

/** Lines that are no fields are left out; blanks before the colon and folded lines are undone. */
function readFields(head: string): readonly Field[] {
  const [, ...lines] = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  return lines.flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim();
    const value = line
      .slice(colon + 1)
      .replace(/[^\t\x20-\x7e\x80-\xff]/g, "")
      .trim();
    return TOKEN.test(name) ? [{ name, lower: name.toLowerCase(), value }] : [];
  });
}
