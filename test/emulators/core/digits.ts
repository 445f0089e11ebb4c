import { randomInt } from "node:crypto";

/** A random string of decimal digits, as some families make their one-time keys. */
export function randomDigits(length: number): string {
  return Array.from({ length }, () => randomInt(10)).join("");
}
