/** Header names and values in turn, in the order and case of the wire. */
export type HeaderPairs = readonly string[];

/** Names that are remembered at once, and the longest of them: nobody fills memory with names that he makes up. */
const REMEMBERED = { names: 512, length: 64 } as const;

/** What a rule said of a spelling, and which one came behind it the last time. */
interface Remembered<Said> {
  readonly name: string;
  readonly said: Said;
  next: Remembered<Said> | undefined;
}

/**
 * A rule about header names, given in lower case, for names as they came. Every request and answer brings the same few
 * dozen, each time as new text, mostly in the same order: what the rule says of a spelling is remembered, and the one
 * that is expected is compared with before all are searched.
 */
export function byName<Said extends object | string | boolean>(rule: (lower: string) => Said): (name: string) => Said {
  const known = new Map<string, Remembered<Said>>();
  let last: Remembered<Said> | undefined;
  return (name) => {
    let found = last?.next;
    if (found?.name === name) {
      last = found;
      return found.said;
    }
    found = known.get(name);
    if (!found) {
      found = { name, said: rule(name.toLowerCase()), next: undefined };
      if (name.length > REMEMBERED.length) return found.said;
      if (known.size >= REMEMBERED.names) known.clear();
      known.set(name, found);
    }
    if (last) last.next = found;
    last = found;
    return found.said;
  };
}

/** The first value of a header, its name given in lower case. */
export function headerValue(pairs: HeaderPairs, name: string): string | undefined {
  for (let index = 0; index < pairs.length; index += 2) {
    if (isNamed(pairs[index] as string, name)) return pairs[index + 1];
  }
  return undefined;
}

/** Every value of a header, its name given in lower case. */
export function headerValues(pairs: HeaderPairs, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < pairs.length; index += 2) {
    if (isNamed(pairs[index] as string, name)) values.push(pairs[index + 1] as string);
  }
  return values;
}

/** Most names are passed over by their length alone: a name is ASCII, so that its case changes nothing about that. */
function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}

export function hasHeader(pairs: HeaderPairs, name: string): boolean {
  return headerValue(pairs, name) !== undefined;
}

/** The pairs with this one in place of every other of its name (in any case), where it stood first or at the end. */
export function withHeader(pairs: HeaderPairs, name: string, value: string): HeaderPairs {
  const lower = name.toLowerCase();
  const result: string[] = [];
  let placed = false;
  for (let index = 0; index < pairs.length; index += 2) {
    const [key, old] = [pairs[index] as string, pairs[index + 1] as string];
    if (key.toLowerCase() !== lower) result.push(key, old);
    else if (!placed) result.push(key, value);
    placed ||= key.toLowerCase() === lower;
  }
  return placed ? result : [...result, name, value];
}

/** The pairs without those of this name, given in lower case. */
export function withoutHeader(pairs: HeaderPairs, name: string): HeaderPairs {
  return pairs.filter((_, index) => (pairs[index - (index % 2)] as string).toLowerCase() !== name);
}
