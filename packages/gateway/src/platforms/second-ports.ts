import { type BodyEdit, withSocketsScript } from "./body-edits.ts";
import { headerValue } from "./headers.ts";
import type { AnswerHead, Passage, Platform } from "./platform.ts";

/** Pages that may open sockets on a second port, by path. */
export interface ConsolePages {
  readonly ports: readonly number[];
  readonly pages: RegExp;
}

/** Lets the sockets of these pages find a family's second ports behind our one (see the reserved path). */
export function editConsolePages({ ports, pages }: ConsolePages): NonNullable<Platform["bodyEdit"]> {
  const edit = withSocketsScript(ports);
  return (passage, answer) => (isPage(answer) && pages.test(pathOf(passage)) ? edit : undefined);
}

/** Both edits, the first that applies. */
export function firstEdit(...edits: readonly NonNullable<Platform["bodyEdit"]>[]): NonNullable<Platform["bodyEdit"]> {
  return (passage: Passage, answer: AnswerHead): BodyEdit | undefined => {
    for (const edit of edits) {
      const found = edit(passage, answer);
      if (found) return found;
    }
    return undefined;
  };
}

function isPage({ status, headers }: AnswerHead): boolean {
  return (
    status === 200 && /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(headerValue(headers, "content-type") ?? "")
  );
}

/** The path without its query. */
export function pathOf({ path }: Passage): string {
  return path.split("?", 1)[0] ?? "";
}
