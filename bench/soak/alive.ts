import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { queryObjects } from "node:v8";

type Constructor = Parameters<typeof queryObjects>[0];
type Kinds = Readonly<Record<string, Constructor>>;

/** What a relay lives by. A TLSSocket is a Socket, too. */
const RELAYED: Kinds = { Timeout: timerKind(), Socket, TLSSocket, IncomingMessage, ServerResponse };

/**
 * How many objects of each kind are reachable in this process, by kind. Timers above all: what Node itself tells of
 * active resources leaves out every timer that does not keep a process alive, as most of ours do not. Each kind takes
 * a walk over the whole heap.
 */
export function alive(kinds = RELAYED): Readonly<Record<string, number>> {
  const counted = Object.entries(kinds).map(([kind, one]) => [kind, countOf(one)] as const);
  return Object.fromEntries(counted);
}

function countOf(kind: Constructor): number {
  return Number(queryObjects(kind, { format: "count" }));
}

/** Node names it nowhere. */
function timerKind(): Constructor {
  const timer = setTimeout(() => undefined, 0);
  clearTimeout(timer);
  return timer.constructor;
}
