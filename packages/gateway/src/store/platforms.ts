/** What a controller showed itself to be. */
export interface RememberedPlatform {
  /** Scheme, address and port: `https 10.20.3.7 443`. */
  readonly target: string;
  /** The family's name. */
  readonly platform: string;
  /** From when on (seconds) it no longer holds. */
  readonly until: number;
}

/** Controllers that are remembered; beyond, those go first whose time is over first. */
export const MAX_PLATFORMS = 10_000;

export interface PlatformStore {
  /** Another one for the same target takes the first one's place. */
  rememberPlatform(remembered: RememberedPlatform): Promise<void>;
  /** What holds for a target at `now` (seconds). */
  platformOf(target: string, now: number): Promise<RememberedPlatform | undefined>;
}
