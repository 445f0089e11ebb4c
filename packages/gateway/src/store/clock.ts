export interface ClockStore {
  /**
   * The store's own clock, in seconds since the epoch: what gateways go by together, whose clocks differ. Redis's is the
   * server's, a file's that of its machine.
   */
  time(): Promise<number>;
}

/**
 * For so long (seconds) revocations and used-up links are kept beyond the time at which nobody can use what they are
 * about: gateways whose clocks differ by less let nobody in again.
 */
export const CLOCK_MARGIN = 3_600;
