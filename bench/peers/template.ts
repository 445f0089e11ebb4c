import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Writes a configuration from the template of that name beside this file, every `{{key}}` replaced; returns its path.
 * Throws where a key has no value.
 */
export async function writeTemplate(
  name: string,
  directory: string,
  values: Readonly<Record<string, string | number>>,
): Promise<string> {
  const template = await readFile(new URL(name, import.meta.url), "utf8");
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`${name}: no value for ${key}`);
    return String(value);
  });
  const path = join(directory, basename(name));
  await writeFile(path, text, { mode: 0o600 });
  return path;
}
