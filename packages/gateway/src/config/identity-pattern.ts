interface NameRule {
  readonly pattern: string;
  readonly group?: string | undefined;
}

const PLACEHOLDER = /\{(\w+)\}/g;

/** Why a rule for certificates' names cannot be used, to be read after its key; undefined: it can. */
export function patternFault({ pattern, group }: NameRule): string | undefined {
  const placeholders = [...pattern.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
  const fits = placeholders.every(
    (name, index) => ["user", "group"].includes(name) && !placeholders.includes(name, index + 1),
  );
  if (!fits || !placeholders.includes("user")) return `must hold {user} once, and may {group}, not "${pattern}"`;
  if (placeholders.includes("group") || group !== undefined) return undefined;
  return `names no {group} ("${pattern}"): write it there, or say with group which one it is`;
}
