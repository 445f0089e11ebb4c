import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";

/** What carries a socket's bytes within Node, as far as this file knows it. */
interface Handle {
  useUserBuffer(buffer: Uint8Array): void;
}

type Slots = { readonly [Name in keyof OnReadOpts]: symbol };
type WithSlots = Socket & { _handle?: Partial<Handle> | null } & Record<symbol, unknown>;

/**
 * Node has `onread` (one buffer for all reads, in place of one each) for whoever opens a connection, and not for whoever
 * accepts one. Where it keeps the two values is found out by giving them to a socket that is never used; undefined in a
 * Node that keeps them elsewhere.
 */
function findSlots(): Slots | undefined {
  const onread: OnReadOpts = { buffer: new Uint8Array(1), callback: () => true };
  const probe = new Socket({ onread } as SocketConstructorOpts) as WithSlots;
  const slotOf = (value: unknown) => Object.getOwnPropertySymbols(probe).find((slot) => probe[slot] === value);
  const [buffer, callback] = [slotOf(onread.buffer), slotOf(onread.callback)];
  return buffer && callback && { buffer, callback };
}

const slots = findSlots();

/**
 * Has a socket that is open already read as `net.connect` would with this `onread`: what was read before has to be taken
 * out first. False, and nothing has changed, where Node does not let us.
 */
export function readInto(socket: Duplex, { buffer, callback }: OnReadOpts): boolean {
  if (!slots || !(socket instanceof Socket)) return false;
  const open = socket as WithSlots;
  if (typeof open._handle?.useUserBuffer !== "function" || open[slots.buffer] !== null) return false;
  open[slots.buffer] = buffer;
  open[slots.callback] = callback;
  open._handle.useUserBuffer(buffer as Uint8Array);
  return true;
}
