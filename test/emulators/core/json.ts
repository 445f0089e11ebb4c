/** The members of a JSON object; undefined for anything else. */
export function parseObject(text: Buffer | string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.toString());
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    // Not JSON: whoever asked answers that as any other wrong form.
    return undefined;
  }
}
