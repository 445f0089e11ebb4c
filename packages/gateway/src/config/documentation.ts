import type { Setting } from "./settings.ts";

/** `docs/configuration.md`'s table, from the schemas themselves: a test holds the file to it. */
export function documentSettings(settings: readonly Setting[]): string {
  const rows = settings.map(({ env, keys, shown, help, secret, atStart }) => {
    const marks = [...(secret ? ["¹"] : []), ...(atStart ? ["²"] : [])].map((mark) => ` ${mark}`).join("");
    return `| \`${env}\`${marks} | \`${keys.join(".")}\` | ${escapeCell(shown)} | ${escapeCell(help)} |`;
  });
  return ["| variable | key of the file | default | |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
