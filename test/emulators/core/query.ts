/** The first value of a name in a request target's query, decoded as a form's; undefined where there is none. */
export function queryValue(target: string, name: string): string | undefined {
  const mark = target.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1)).get(name) ?? undefined;
}
