import type { Setting } from "./settings.ts";

/** `docs/configuration.md`'s table, from the schemas themselves: a test holds the file to it. */
export function documentSettings(settings: readonly Setting[]): string {
  const rows = settings.map(({ env, keys, shown, help, secret }) => {
    const variable = secret ? `\`${env}\` ¹` : `\`${env}\``;
    return `| ${variable} | \`${keys.join(".")}\` | ${escapeCell(shown)} | ${escapeCell(help)} |`;
  });
  return ["| variable | key of the file | default | |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
