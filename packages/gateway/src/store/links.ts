export interface ConsumedLink {
  /** The link's `jti`. */
  readonly jti: string;
  /** Until when it is remembered, in seconds: beyond its expiry. */
  readonly until: number;
}

export interface LinkStore {
  /** Marks a link as used up. True for exactly one caller, whoever asks at the same time. */
  consume(link: ConsumedLink): Promise<boolean>;
  /** Writes back what a store that lost its memory knew. */
  restoreLinks(links: readonly ConsumedLink[]): Promise<void>;
}
