/**
 * The first value of a header among names and values in turn, its name given in lower case. Most names are passed over
 * by their length alone.
 */
export function firstValue(pairs: readonly string[], name: string): string | undefined {
  for (let index = 0; index < pairs.length; index += 2) {
    const one = pairs[index] as string;
    if (one.length === name.length && one.toLowerCase() === name) return pairs[index + 1];
  }
  return undefined;
}
