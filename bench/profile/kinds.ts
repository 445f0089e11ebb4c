// Where a gateway's CPU time goes under one case: V8's sampling profile, added up by whose code it is.

/** What of a `.cpuprofile` is read (Chrome DevTools protocol, `Profiler.Profile`). */
export interface Profile {
  readonly nodes: readonly ProfileNode[];
  /** Node ids, a sample each. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/**
 * Whose code: `native` is C++ that JavaScript called or the event loop runs (system calls, TLS), `collector` the
 * garbage collector, `node` Node's own JavaScript, `libraries` npm's, `ours` the gateway's.
 */
export type Kind = "native" | "collector" | "node" | "libraries" | "ours";

export interface Shares {
  /** Share of the time that was not idle, by kind. */
  readonly kinds: Readonly<Record<Kind, number>>;
  /** The functions with most time of their own, most first. */
  readonly top: readonly { readonly name: string; readonly kind: Kind; readonly share: number }[];
}

/** Adds up self time. `top` functions are named. */
export function sharesOf({ nodes, samples, timeDeltas }: Profile, top: number): Shares {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const kinds: Record<Kind, number> = { native: 0, collector: 0, node: 0, libraries: 0, ours: 0 };
  const functions = new Map<string, { name: string; kind: Kind; time: number }>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || IDLE.has(frame.functionName)) continue;
    const time = timeDeltas[index] ?? 0;
    const kind = kindOf(frame);
    const name = nameOf(frame);
    const known = functions.get(name) ?? { name, kind, time: 0 };
    known.time += time;
    functions.set(name, known);
    kinds[kind] += time;
    busy += time;
  }
  for (const kind of Object.keys(kinds) as Kind[]) kinds[kind] /= Math.max(busy, 1);
  const sorted = [...functions.values()].sort((a, b) => b.time - a.time).slice(0, top);
  return { kinds, top: sorted.map(({ name, kind, time }) => ({ name, kind, share: time / Math.max(busy, 1) })) };
}

const IDLE: ReadonlySet<string> = new Set(["(idle)", "(root)"]);

function kindOf({ functionName, url }: ProfileNode["callFrame"]): Kind {
  if (functionName === "(garbage collector)") return "collector";
  if (url === "") return "native";
  if (url.startsWith("node:")) return "node";
  return url.includes("/node_modules/") ? "libraries" : "ours";
}

function nameOf({ functionName, url, lineNumber }: ProfileNode["callFrame"]): string {
  if (url === "") return functionName;
  const file = url.startsWith("node:") ? url : url.split("/").slice(-2).join("/");
  return `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}`;
}
