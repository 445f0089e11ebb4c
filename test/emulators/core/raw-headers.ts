/** One header line as it came: the name keeps its case, a list of these keeps order and repeats. */
export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Node's flat `rawHeaders` (name, value, name, value, …) in pairs. */
export function pairHeaders(raw: readonly string[]): Header[] {
  const headers: Header[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    headers.push({ name: raw[index] ?? "", value: raw[index + 1] ?? "" });
  }
  return headers;
}

/** The values of every line with this name, whatever its case. */
export function headerValues(headers: readonly Header[], name: string): string[] {
  const wanted = name.toLowerCase();
  return headers.filter((header) => header.name.toLowerCase() === wanted).map((header) => header.value);
}

/** Whether a line with this name is there, and written in exactly this case each time. */
export function hasExactName(headers: readonly Header[], name: string): boolean {
  const wanted = name.toLowerCase();
  const lines = headers.filter((header) => header.name.toLowerCase() === wanted);
  return lines.length > 0 && lines.every((header) => header.name === name);
}

/** A cookie's value from all Cookie lines, or undefined. */
export function cookieValue(headers: readonly Header[], name: string): string | undefined {
  const pairs = headerValues(headers, "Cookie").flatMap((line) => line.split(";"));
  const found = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
