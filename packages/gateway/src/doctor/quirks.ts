import type { RawAnswer } from "./question.ts";

/** Ways in which controllers break HTTP's rules, or need to be asked rightly. */
export const QUIRKS = [
  "http-1.0",
  "lf-only",
  "duplicate-length",
  "odd-names",
  "cut-answers",
  "absolute-location",
  "gzip-or-404",
  "gzip-as-file",
] as const;

export type Quirk = (typeof QUIRKS)[number];

/** What an answer's bytes show. */
export function quirksOf(answer: RawAnswer): Quirk[] {
  const { rawHead, cut } = answer;
  const lines = rawHead.split(/\r?\n/).slice(1);
  const quirks: readonly (readonly [Quirk, boolean])[] = [
    ["http-1.0", rawHead.startsWith("HTTP/1.0")],
    ["lf-only", /(?:^|[^\r])\n/.test(rawHead)],
    ["duplicate-length", lines.filter((line) => /^content-length\s*:/i.test(line)).length > 1],
    ["odd-names", lines.some((line) => /^[^:\s]*[ \t][^:]*:/.test(line))],
    ["cut-answers", cut],
    ["absolute-location", /^https?:\/\//i.test(answer.header("location") ?? "")],
  ];
  return quirks.filter(([, seen]) => seen).map(([quirk]) => quirk);
}

/** What becomes of a page for who does not take gzip. */
export function gzipQuirk(packed: RawAnswer, plain: RawAnswer): Quirk[] {
  if (packed.status < 400 && plain.status === 404) return ["gzip-or-404"];
  return /application\/(?:x-)?gzip/i.test(plain.header("content-type") ?? "") ? ["gzip-as-file"] : [];
}

/** Answers that a strict reader of HTTP/1.1 refuses: only families that are known for it are read leniently. */
export const UNREADABLE: ReadonlySet<Quirk> = new Set(["lf-only", "duplicate-length", "odd-names", "cut-answers"]);

export const QUIRK_TEXT: Readonly<Record<Quirk, string>> = {
  "http-1.0": "answers as HTTP/1.0",
  "lf-only": "ends header lines with a line feed alone",
  "duplicate-length": "sends Content-Length twice",
  "odd-names": "has blanks in header names",
  "cut-answers": "closes before all bytes that it promised have come",
  "absolute-location": "redirects by its own absolute address, which the gateway rewrites",
  "gzip-or-404": "has its pages only for who takes gzip, which the gateway always does",
  "gzip-as-file": "sends packed pages as files to who does not take gzip, which the gateway always does",
};
