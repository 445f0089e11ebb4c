/** One thing wrong, or doubtful, with the configuration. Never holds a secret's value. */
export interface Fault {
  /** An environment variable's name, or a key of the file such as `web.targets.ports`. */
  readonly setting: string;
  /** Line in the file, from 1. */
  readonly line?: number;
  /** What is wrong and what to do about it, to be read after the setting's name. */
  readonly message: string;
}

/** One line, such as `web.targets.port (line 12) is no known key; did you mean "ports"?`. */
export function formatFault({ setting, line, message }: Fault): string {
  return `${setting}${line === undefined ? "" : ` (line ${line})`} ${message}`;
}
