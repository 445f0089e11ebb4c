import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endingWithUs } from "./children.ts";
import { ensureDebianPackages } from "./packages.ts";
import { freePort } from "./ports.ts";

export interface RedisOptions {
  /** Beside those that every server here has, such as `--requirepass x`. */
  readonly settings?: readonly string[];
}

/** A Redis of its own, on loopback, with an append-only file that is on the disk before a write is acknowledged. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Kills it (-9) and waits for its end. */
  kill(): Promise<void>;
  /** It hangs, connections and all, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Keeps what it knows now: the path of a copy, which goes with it. */
  copy(): Promise<string>;
  /** Starts it again on the same port; `empty`: without what it knew; `from`: with what it knew when that was copied. */
  restart(options?: { readonly empty?: boolean; readonly from?: string }): Promise<void>;
}

export async function startRedis({ settings = [] }: RedisOptions = {}): Promise<RedisServer> {
  await ensureDebianPackages(["redis-server"]);
  const folder = await mkdtemp(join(tmpdir(), "sallyport-redis-"));
  const port = await freePort();
  let child = await launch(folder, port, settings);
  let copies = 0;
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async copy() {
      copies += 1;
      const copy = join(folder, `copy-${copies}`);
      await cp(join(folder, "appendonlydir"), copy, { recursive: true });
      return copy;
    },
    async restart({ empty = false, from } = {}) {
      await kill();
      if (empty || from !== undefined) await rm(join(folder, "appendonlydir"), { recursive: true });
      if (from !== undefined) await cp(from, join(folder, "appendonlydir"), { recursive: true });
      child = await launch(folder, port, settings);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

async function launch(folder: string, port: number, settings: readonly string[]): Promise<ChildProcess> {
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--daemonize", "no"];
  const durable = ["--appendonly", "yes", "--appendfsync", "always"];
  const child = spawn(...endingWithUs("redis-server", [...words, ...durable, ...settings]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`;
    if (line.includes("Ready to accept connections")) {
      child.stdout.resume();
      return child;
    }
  }
  throw new Error(`redis-server did not start:\n${said}`);
}
