export interface ConsumedLink {
  /** The link's `jti`. */
  readonly jti: string;
  /** When the link expires, in seconds: until then it is remembered. */
  readonly until: number;
}

export interface LinkStore {
  /** Marks a link as used up. True for exactly one caller, whoever asks at the same time. */
  consume(link: ConsumedLink): Promise<boolean>;
  /** Writes back what a store that lost its memory knew. */
  restoreLinks(links: readonly ConsumedLink[]): Promise<void>;
}
