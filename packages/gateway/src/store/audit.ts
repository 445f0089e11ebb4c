/** One record of the trail. Records of one writer form a chain; what they hold is the ledger's. */
export interface AuditEntry {
  readonly writer: string;
  /** From 1, without gaps in each writer's chain. */
  readonly seq: number;
  /** Seconds. */
  readonly at: number;
  /** JSON. */
  readonly body: string;
  /** Over this record and the one before it. */
  readonly mac: string;
}

/** The last record of a writer. */
export interface AuditHead {
  readonly writer: string;
  readonly seq: number;
  readonly mac: string;
}

/** What is left of the beginning of a chain: its last record that was let go, signed. */
export interface AuditAnchor extends AuditHead {
  readonly signature: string;
}

export interface AuditStore {
  /** All or none, in order. An entry that is there already is left as it is: an answer may have got lost. */
  appendAudit(entries: readonly AuditEntry[]): Promise<void>;
  /** A writer's records after `seq`, at most `limit`. */
  auditOf(writer: string, seq: number, limit: number): Promise<readonly AuditEntry[]>;
  /** The newest `limit` records of all writers, oldest first. */
  auditRecent(limit: number): Promise<readonly AuditEntry[]>;
  auditHeads(): Promise<readonly AuditHead[]>;
  auditAnchors(): Promise<readonly AuditAnchor[]>;
  /** Forgets a writer's records up to the anchor, and keeps that. */
  pruneAudit(anchor: AuditAnchor): Promise<void>;
}
