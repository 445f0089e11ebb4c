#!/usr/bin/env node
import { readFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { Failure, type SignalKind, type World } from "./cli/environment.ts";
import { createProgram } from "./cli/program.ts";
import { namesDescriptor, optionsLacking } from "./processes/node-options.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** SIGUSR1 is not ours: it starts Node's inspector. */
const SIGNALS: Readonly<Record<SignalKind, readonly NodeJS.Signals[]>> = {
  stop: ["SIGTERM", "SIGINT"],
  reload: ["SIGHUP"],
  replace: ["SIGUSR2"],
  leave: ["SIGQUIT"],
};

const world: World = {
  environment: process.env,
  version,
  out: (line) => void process.stdout.write(line),
  err: (line) => void process.stderr.write(line),
  stdin: () => text(process.stdin),
  pid: process.pid,
  onSignal(kind, act) {
    for (const signal of SIGNALS[kind]) process.on(signal, act);
  },
  startWith(options) {
    const { execPath, execArgv, argv, env: environment } = process;
    const lacking = optionsLacking(options, { execArgv, environment });
    if (lacking.length === 0 || hasMoreThanStdio()) return;
    try {
      process.execve?.(execPath, [execPath, ...execArgv, ...lacking, ...argv.slice(1)], environment);
    } catch (error) {
      // Under Node's permission model, and where the system does not know it: all of this is for speed.
      process.stderr.write(`sallyport: slower without Node's options ${lacking.join(" ")}: ${String(error)}\n`);
    }
  },
};

/** Sockets that systemd passed, a parent's channel and a shell's `<(…)` are closed with this program: only stdio outlives it. */
function hasMoreThanStdio(): boolean {
  const { env, argv, channel } = process;
  return env.LISTEN_FDS !== undefined || channel !== undefined || namesDescriptor(argv, env);
}

try {
  await createProgram(world).parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`sallyport: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
