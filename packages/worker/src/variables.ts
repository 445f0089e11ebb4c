/**
 * Reads a Worker's variables and collects every fault instead of stopping at the first. An empty variable counts as not
 * set. A fault names the variable and never shows a secret.
 */
export class Variables {
  readonly faults: string[] = [];
  readonly #bindings: Readonly<Record<string, unknown>>;

  constructor(bindings: object) {
    this.#bindings = { ...bindings };
  }

  fault(name: string, text: string): void {
    this.faults.push(`${name} ${text}`);
  }

  /** The value without blanks around it. */
  text(name: string): string | undefined {
    return this.raw(name)?.trim() || undefined;
  }

  /** The value as it stands. A wrangler file may hold numbers and booleans: `8443` means what `"8443"` does. */
  raw(name: string): string | undefined {
    const value = this.#bindings[name];
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (typeof value === "string" || value === undefined || value === null) return value || undefined;
    this.fault(name, "must be text");
    return undefined;
  }

  /** What stands between commas or white space. */
  list(name: string): readonly string[] {
    return (this.raw(name) ?? "").split(/[\s,]+/).filter((entry) => entry !== "");
  }

  port(name: string): number | undefined {
    const digits = this.text(name);
    if (digits === undefined) return undefined;
    if (/^[1-9][0-9]{0,4}$/.test(digits) && Number(digits) <= 65535) return Number(digits);
    this.fault(name, "must be a port, from 1 to 65535");
    return undefined;
  }

  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(name)?.toLowerCase() ?? choices[0];
    const chosen = choices.find((choice) => choice === text);
    if (chosen === undefined) this.fault(name, `must be one of ${choices.join(", ")}`);
    return chosen ?? choices[0];
  }

  flag(name: string): boolean {
    const chosen = this.choice(name, ["false", "true", "0", "1"]);
    return chosen === "true" || chosen === "1";
  }
}
