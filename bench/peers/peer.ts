// The programs that are measured: our gateway and what else people put in its place, all set up for the same job.
// Each takes TLS, finds the token in the cookie, checks signature, expiry and address, takes the controller's path out
// of the edge's, removes the cookie, and goes on over TLS whose sessions it resumes as it does by default.

import { setTimeout as wait } from "node:timers/promises";
import { isOpen } from "../../test/support/ports.ts";
import type { Child } from "../measure/child.ts";

export interface PeerOptions {
  /** Worker processes or threads. */
  readonly processes: number;
  readonly cpus: readonly number[];
  /** Where the controller's stand-in listens, on 127.0.0.1. */
  readonly controllerPort: number;
  /** The peer's own, for configuration and logs. */
  readonly directory: string;
  readonly certificate: CertificatePaths;
  /** Job `tcp`: the authority that clients' certificates come from, PEM. */
  readonly clientAuthority?: string;
  /** What the tokens are signed with (HS256). */
  readonly secret: string;
}

/** PEM files. */
export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  /** Both in one. */
  readonly pair: string;
}

export interface RunningPeer extends AsyncDisposable {
  /** On 127.0.0.1, TLS. */
  readonly port: number;
  /** Everything that does the job; children of these count, too. */
  readonly pids: readonly number[];
}

/** Something that a peer needs on this machine. */
export interface Requirement {
  /** A program on the path, or an absolute path. */
  readonly needs: string;
  /** The Debian package that brings it. */
  readonly debian: string;
}

export interface Peer {
  readonly name: string;
  readonly label: string;
  /** It has a just-in-time compiler, which takes seconds until it has done its best. */
  readonly compiles?: boolean;
  readonly requirements: readonly Requirement[];
  version(): Promise<string>;
  start(options: PeerOptions): Promise<RunningPeer>;
}

/** How long a peer may take until it listens, in milliseconds. */
const START = 10_000;
const LOOK_EVERY = 20;

/** Waits until something listens on the port; rejects when the child ends before, or does not manage in time. */
export async function listening(port: number, child: Child): Promise<void> {
  const deadline = performance.now() + START;
  while (!(await Promise.race([isOpen(port), child.ended]))) {
    if (performance.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await wait(LOOK_EVERY);
  }
}
