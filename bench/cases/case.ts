// What is measured: one entry a case, with the load it puts on a peer, the unit it is counted in, and its targets.
import type { HeadOptions } from "../load/heads.ts";

/** What one unit of work is: `µs a message`. */
export type Unit = "message" | "MiB" | "handshake" | "request" | "connection";

/** `ours` may be at most this. */
export interface Target {
  /** The peer compared with; absent: an absolute bound, in the case's unit. */
  readonly peer?: string;
  readonly atMost: number;
}

/** `cpu`: µs of CPU a unit; `memory`: KiB of Pss a unit; `latency`: µs of p99 beyond what the load itself takes. */
export type Measure = "cpu" | "memory" | "latency";

/** `web`: a session token, TLS on both sides. `tcp`: a client certificate, and plain TCP behind. */
export type Job = "web" | "tcp";

export interface Case {
  readonly name: string;
  readonly job: Job;
  readonly title: string;
  readonly measure: Measure;
  readonly unit: Unit;
  /** The load's own name of what it does. */
  readonly mode: "echo" | "paced" | "stream" | "handshake" | "idle" | "get" | "post";
  readonly connections: number;
  /** Bytes of a message or a body. */
  readonly size?: number;
  /** Messages a second. */
  readonly rate?: number;
  /**
   * Units a second, at most: what the load can give without being the bottleneck. A peer that could do more is idle for
   * the rest of the time.
   */
  readonly most?: number;
  readonly resume?: boolean;
  /** The peer's worker processes. */
  readonly processes: number;
  /** Sessions, each with its token; connections take them in turn. */
  readonly sessions: number;
  readonly request: Pick<HeadOptions, "kind" | "path">;
  readonly targets: readonly Target[];
  /** Peers that take no part, with the reason. */
  readonly without?: Readonly<Record<string, string>>;
}

/** What the controller's stand-in answers to. Content number `id` is the load's to check. */
export const echo = { kind: "websocket", path: (id: number) => `/echo/${id}` } as const;
export const stream = { kind: "websocket", path: (id: number) => `/stream/${id}` } as const;
export const download = (size: number) => ({ kind: "get", path: (id: number) => `/bytes/${size}/${id}` }) as const;
export const upload = { kind: "post", path: (id: number) => `/upload/${id}` } as const;
