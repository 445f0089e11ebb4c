import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Image } from "./build.ts";

export interface ContainerOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** As `docker run --user` comes to: user and group by number. */
  readonly user?: string;
  readonly readOnly?: boolean;
  /** As `cap_drop: ALL` with these added, and `no-new-privileges`; absent: all that root has. */
  readonly capabilities?: readonly string[];
  readonly command?: readonly string[];
}

/** The image's program in a root and a mount namespace of its own, on this machine's loopback. */
export interface Container extends AsyncDisposable {
  readonly pid: number;
  /** Waits for a log line that holds the text; rejects with the whole log where the program ends first. */
  line(text: string): Promise<string>;
  /** Exit code and all output, once it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
  stop(): void;
}

export function startContainer(image: Image, options: ContainerOptions = {}): Container {
  const { environment = {}, user, readOnly = false, capabilities, command = ["serve"] } = options;
  const { rootfs } = image;
  const spec = user === undefined ? [] : [`--userspec=${user}`];
  const mounts = [
    "mount -t proc proc $R/proc",
    "mount -t tmpfs tmpfs $R/tmp",
    "mount --bind $R $R",
    ...(readOnly ? ["mount -o remount,ro,bind $R"] : []),
  ];
  const confine = capabilities
    ? ["setpriv --no-new-privs --inh-caps=-all", `--bounding-set=${["-all", ...capabilities.map((one) => `+${one}`)]}`]
    : [];
  const chroot = ["exec chroot", ...spec, '"$R"', ...confine, "sallyport", ...command].join(" ");
  const child = spawn("unshare", ["--mount", "--", "sh", "-ec", [...mounts, chroot].join("\n")], {
    env: { R: rootfs, ...image.environment, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new RunningContainer(child);
}

class RunningContainer implements Container {
  readonly ended: Container["ended"];
  readonly #child: ChildProcess;
  #log = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        this.#log += chunk;
        child.emit("log");
      });
    }
    this.ended = once(child, "close").then(([code]) => ({ code, log: this.#log }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async line(text: string): Promise<string> {
    const over = this.ended.then(({ code, log }) => {
      throw new Error(`ended with ${code} before it said "${text}":\n${log}`);
    });
    for (;;) {
      const found = this.#log.split("\n").find((line) => line.includes(text));
      if (found !== undefined) return found;
      await Promise.race([once(this.#child, "log"), over]);
    }
  }

  stop(): void {
    this.#child.kill("SIGTERM");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended;
  }
}
