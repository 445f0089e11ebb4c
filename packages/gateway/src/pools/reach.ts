import type { Socket } from "node:net";
import type { HostPort } from "../config/configuration.ts";
import type { DialService } from "./dial-service.ts";
import { type UpstreamFault, upstreamFault } from "./fault.ts";
import type { Pool } from "./members.ts";
import type { ServiceCall } from "./service-call.ts";

/** An upstream that answered, and its place in the pool. */
export interface Reached {
  readonly socket: Socket;
  readonly upstream: HostPort;
  readonly release: () => void;
}

export interface ReachParts {
  readonly pool: Pool<HostPort>;
  readonly dial: DialService;
  /** Told of each upstream that could not be reached, before the next one is tried. */
  readonly onFault: (upstream: HostPort, fault: UpstreamFault) => void;
}

/** Opens a connection to any upstream of a pool. Rejects with the last `UpstreamFault` where none can be reached, and where the call is given up. */
export type Reach = (call: ServiceCall) => Promise<Reached>;

/** Tries one upstream after the other, the least used first; the caller's going away is no upstream's fault. */
export function createReach({ pool, dial, onFault }: ReachParts): Reach {
  return async (call) => {
    const tried = new Set<HostPort>();
    let last: UpstreamFault | undefined;
    for (let lease = pool.lease(tried); lease; lease = pool.lease(tried)) {
      const { member, release, failed } = lease;
      tried.add(member);
      try {
        return { socket: await dial(member, call), upstream: member, release };
      } catch (error) {
        if (call.aborted) {
          release();
          throw error;
        }
        last = upstreamFault(error);
        failed();
        onFault(member, last);
      }
    }
    throw last ?? new TypeError("a pool without upstreams");
  };
}
