import type { Rest } from "./state.ts";

const MIB = 2 ** 20;
/** What the collector cannot free may differ by so much: caches have other contents, code was compiled further. */
const REACHABLE_SLACK = 4 * MIB;
/** The allocator keeps pages for later; it must not keep more than this. */
const PSS_SLACK = 64 * MIB;

/** What has not come back to the base line, in words; empty: all has. */
export function leftBehind(base: Rest, end: Rest): readonly string[] {
  const faults: string[] = [];
  if (end.descriptors > base.descriptors) faults.push(`${end.descriptors - base.descriptors} descriptors`);
  faults.push(...more(base.active, end.active), ...more(base.alive, end.alive));
  if (end.reachable > base.reachable + REACHABLE_SLACK) faults.push(`${mib(end.reachable - base.reachable)} reachable`);
  if (end.pss > base.pss + PSS_SLACK) faults.push(`${mib(end.pss - base.pss)} resident`);
  return faults;
}

function more(base: Rest["alive"], end: Rest["alive"]): readonly string[] {
  const grown = Object.entries(end).map(([kind, count]) => [kind, count - (base[kind] ?? 0)] as const);
  return grown.filter(([, by]) => by > 0).map(([kind, by]) => `${by} x ${kind}`);
}

export function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
