import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";

/** What a run was made on. */
export interface Machine {
  readonly processor: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly system: string;
}

/** Which CPUs the measured program has for itself, and which the load and everything else. Empty: not pinned. */
export interface Places {
  readonly peer: readonly number[];
  readonly load: readonly number[];
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux",
  };
}

/**
 * The peer on CPU 0 alone, or on as many as it has processes, the load on the rest. Where the peer needs them all, both
 * share the last one, and the judge will often say that the load was the bottleneck.
 */
export function choosePlaces(processes: number): Places {
  const all = allowedCpus();
  if (all.length < 2 || !isTool("taskset")) return { peer: [], load: [] };
  const peer = all.slice(0, processes);
  const rest = all.slice(processes);
  return { peer, load: rest.length > 0 ? rest : all.slice(-1) };
}

/** Most descriptors that a process may open here. */
export function descriptorLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  return Number(/^Max open files\s+\d+\s+(\d+)/m.exec(limits)?.[1] ?? 0);
}

/** Whether a program is on the path. */
export function isTool(name: string): boolean {
  try {
    execFileSync("sh", ["-c", 'command -v "$0"', name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function allowedCpus(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
