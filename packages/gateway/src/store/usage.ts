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

/** What a row is about: there is one of each. */
export type UsagePlace = Pick<UsageRow, "hour" | "principal" | "tenant" | "target">;

export interface UsageWanted {
  /** Hours from this one on, in seconds. */
  readonly from: number;
  /** Hours before this, in seconds. */
  readonly to: number;
  /** Rows at most. */
  readonly limit: number;
  /** The last row of the page before: only what comes behind it. */
  readonly after?: UsagePlace | undefined;
}

export interface UsageStore {
  addUsage(batch: UsageBatch): Promise<void>;
  /** A page of sums, by hour, principal, tenant and target. */
  usage(wanted: UsageWanted): Promise<readonly UsageRow[]>;
}
