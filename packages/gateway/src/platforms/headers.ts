/** Header names and values in turn, in the order and case of the wire. */
export type HeaderPairs = readonly string[];

/** The first value of a header, its name given in lower case. */
export function headerValue(pairs: HeaderPairs, name: string): string | undefined {
  for (let index = 0; index < pairs.length; index += 2) {
    if ((pairs[index] as string).toLowerCase() === name) return pairs[index + 1];
  }
  return undefined;
}

/** Every value of a header, its name given in lower case. */
export function headerValues(pairs: HeaderPairs, name: string): string[] {
  return pairs.filter((_, index) => index % 2 === 1 && (pairs[index - 1] as string).toLowerCase() === name);
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
