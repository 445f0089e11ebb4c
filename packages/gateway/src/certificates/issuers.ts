/** One certificate that its issuer took back. */
export interface RevocationNotice {
  /** The issuer's name as Node writes it. */
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serial: string;
}

/** A name as Node writes it, a line for each part, on one line. */
export function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}
