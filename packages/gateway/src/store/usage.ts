export interface UsageRow {
  readonly principal: string;
  readonly tenant: string;
  /** The controller's address. */
  readonly target: string;
  /** Start of the hour, in seconds. */
  readonly hour: number;
  /** Bytes from the client. */
  readonly received: number;
  /** Bytes to the client. */
  readonly sent: number;
  /** Seconds of sessions. */
  readonly seconds: number;
}

/** Rows to add. A batch that was added already (its answer got lost) is not added again. */
export interface UsageBatch {
  readonly writer: string;
  /** From 1, rising. */
  readonly number: number;
  readonly rows: readonly UsageRow[];
}

export interface UsageStore {
  addUsage(batch: UsageBatch): Promise<void>;
  /** Sums of the hours from `from` on, before `to` (seconds). */
  usage(from: number, to: number): Promise<readonly UsageRow[]>;
}
