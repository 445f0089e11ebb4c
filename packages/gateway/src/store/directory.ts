/** A live session in one process. The same session may be open in several. */
export interface SessionRow {
  /** The process: {@link DirectoryStore.beat}. */
  readonly instance: string;
  /** The session's name, not its id. */
  readonly name: string;
  readonly tokenHash: string;
  readonly principal: string;
  readonly tenant?: string | undefined;
  readonly address: string;
  readonly client?: string | undefined;
  /** Seconds. */
  readonly startedAt: number;
  readonly expiresAt: number;
}

/** How many other sessions may be open, over all processes. */
export interface SessionLimits {
  readonly token: number;
  readonly principal: number;
  readonly target: number;
}

export type SessionLimit = keyof SessionLimits;

/** A process that did not say that it lives for so long (seconds) is gone, and its sessions with it. */
export const INSTANCE_LIFE = 15;

export interface DirectoryStore {
  /**
   * Says that a process lives, now (seconds). All times in the directory are of the store's clock. True where the process
   * was not known, or was taken for gone, and its sessions with it.
   */
  beat(instance: string, now: number): Promise<boolean>;
  /** Adds a session unless a limit is reached: then which one. Counting and adding are one step. */
  openSession(row: SessionRow, limits: SessionLimits): Promise<SessionLimit | undefined>;
  /** Takes sessions of one process out, by name. */
  closeSessions(instance: string, names: readonly string[]): Promise<void>;
  /** What is open in processes that live at `now` (seconds). */
  sessions(now: number): Promise<readonly SessionRow[]>;
}
