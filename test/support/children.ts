import { accessSync, constants } from "node:fs";

/** Part of util-linux, so on every Debian. */
const SETPRIV = "/usr/bin/setpriv";

/**
 * A program's command line, as `spawn` takes it, with which the kernel ends it as soon as this process is gone
 * (prctl(2), PR_SET_PDEATHSIG): a test that hangs, or its worker that is killed, disposes of nothing. The process that is
 * started is the program's own. Where that cannot be had, the command line as it is.
 *
 * @param signal what ends it; one that has children of its own may want to hear of it (TERM)
 */
export function endingWithUs(
  program: string,
  words: readonly string[],
  signal: "KILL" | "TERM" = "KILL",
): [program: string, words: string[]] {
  if (!canRun(SETPRIV)) return [program, [...words]];
  return [SETPRIV, ["--pdeathsig", signal, "--", program, ...words]];
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
