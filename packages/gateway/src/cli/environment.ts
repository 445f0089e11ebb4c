// The command line: one file a verb. What a verb needs of the world comes in as an argument.
import type { Environment } from "../config/environment.ts";

/** The world as a verb sees it. */
export interface World {
  readonly environment: Environment;
  readonly version: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: () => Promise<string>;
  /** Calls back at SIGTERM and SIGINT, or at SIGHUP. */
  readonly onSignal: (kind: "stop" | "reload", act: () => void) => void;
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
