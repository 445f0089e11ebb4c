/** Where lines go: one call a line, its newline included. */
export interface LogDestination {
  write(line: string): void;
}

/** Turns JSON lines into lines for a person at a terminal: time of day, level, message, then the fields. */
export function prettyStream(output: LogDestination): LogDestination {
  return { write: (line) => output.write(prettyLine(line)) };
}

function prettyLine(line: string): string {
  const { time, level, message, pid: _, error, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${shortValue(value)}`);
  const clock = String(time).slice(11, 23);
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(message)}${pairs.join("")}${errorLines(error)}\n`;
}

function shortValue(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function errorLines(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { stack, message } = error as { stack?: string; message?: string };
  return `\n  ${(stack ?? message ?? JSON.stringify(error)).replaceAll("\n", "\n  ")}`;
}
