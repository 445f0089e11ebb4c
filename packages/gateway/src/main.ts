#!/usr/bin/env node
import { readFileSync } from "node:fs";
import process from "node:process";
import { text } from "node:stream/consumers";
import { Failure, type SignalKind, type World } from "./cli/environment.ts";
import { createProgram } from "./cli/program.ts";
import { optionsLacking } from "./processes/node-options.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

/** SIGUSR1 is not ours: it starts Node's inspector. */
const SIGNALS: Readonly<Record<SignalKind, readonly NodeJS.Signals[]>> = {
  stop: ["SIGTERM", "SIGINT"],
  reload: ["SIGHUP"],
  replace: ["SIGUSR2"],
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
    const lacking = optionsLacking(options, { execArgv: process.execArgv, environment: process.env });
    if (lacking.length === 0 || hasMoreThanStdio()) return;
    const { execPath, execArgv, argv, env } = process;
    process.execve?.(execPath, [execPath, ...execArgv, ...lacking, ...argv.slice(1)], env);
  },
};

/** Sockets that systemd passed, and a parent's channel, are closed with this program: only stdio outlives it. */
function hasMoreThanStdio(): boolean {
  return process.env.LISTEN_FDS !== undefined || process.channel !== undefined;
}

try {
  await createProgram(world).parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`sallyport: ${error.message}\n`);
  process.exitCode = error.exitCode;
}
