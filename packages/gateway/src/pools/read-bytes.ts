/**
 * So many bytes that sockets have read may wait to be freed. They lie outside V8's heap, which does not count them: they
 * go when the little objects that hold them are collected, and a busy relay makes few of those. A young generation that
 * is small enough to be collected in time would be collected far too often for small requests, whose cost would be a
 * quarter garbage collection.
 */
const COLLECT_AFTER = 16 * 1024 * 1024;

let unfreed = 0;

/** To be told of everything that passes through a relay, in bytes. One count a process, as its heap is one. */
export function noteRead(bytes: number): void {
  unfreed += bytes;
  if (unfreed < COLLECT_AFTER) return;
  unfreed = 0;
  // A program that embeds us may run without `--expose-gc`: V8 decides then, and takes more memory.
  globalThis.gc?.({ type: "minor" });
}
