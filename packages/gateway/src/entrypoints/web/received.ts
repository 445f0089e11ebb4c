/** A request's head as it came, whoever read it: Node's parser or `upgrade-head.ts`. */
export interface Received {
  readonly method?: string | undefined;
  /** The request target, byte for byte. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  /** Names and values in turn, in the order and case of the wire. */
  readonly rawHeaders: readonly string[];
}
