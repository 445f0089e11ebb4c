import type { State } from "./state.ts";

const MIB = 2 ** 20;
/** What the collector cannot free may differ by so much: caches have other contents, code was compiled further. */
const REACHABLE_SLACK = 4 * MIB;
/** The allocator keeps pages for later; it must not keep more than this. */
const PSS_SLACK = 64 * MIB;

/** What has not come back to the base line, in words; empty: all has. */
export function leftBehind(base: State, end: State): readonly string[] {
  const faults: string[] = [];
  if (end.descriptors > base.descriptors) faults.push(`${end.descriptors - base.descriptors} descriptors`);
  for (const kind of Object.keys(end.active)) {
    const more = (end.active[kind] ?? 0) - (base.active[kind] ?? 0);
    if (more > 0) faults.push(`${more} x ${kind}`);
  }
  if (end.reachable > base.reachable + REACHABLE_SLACK) faults.push(`${mib(end.reachable - base.reachable)} reachable`);
  if (end.pss > base.pss + PSS_SLACK) faults.push(`${mib(end.pss - base.pss)} resident`);
  return faults;
}

export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
