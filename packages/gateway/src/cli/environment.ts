// The command line: one file a verb. What a verb needs of the world comes in as an argument.
import type { Environment } from "../config/environment.ts";

export type SignalKind = "stop" | "reload" | "replace" | "leave";

/** The world as a verb sees it. */
export interface World {
  readonly environment: Environment;
  readonly version: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: () => Promise<string>;
  readonly pid: number;
  /** Calls back at SIGTERM and SIGINT, at SIGHUP, at SIGUSR2, or at SIGQUIT. */
  readonly onSignal: (kind: SignalKind, act: () => void) => void;
  /**
   * Begins anew, in the same process, with these options of Node's where it was started without them; returns where it
   * has them, or cannot.
   */
  readonly startWith: (options: readonly string[]) => void;
}

/** Ends a verb with a message for the person at the terminal, and an exit code. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
