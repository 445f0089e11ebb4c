// The main job on one machine: an edge in workerd, the gateway, and a controller with a live console.
// `npm start` runs it and prints the link to open; Ctrl-C ends everything.
import process from "node:process";
import { startDemo } from "./demo.ts";
import { describeDemo } from "./describe.ts";

/** Minutes that the printed link is good for. */
const MINUTES = 60;

const demo = await startDemo({ minutes: MINUTES, progress: (text) => process.stderr.write(`${text}\n`) });
process.stdout.write(describeDemo(demo));

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) process.exit(130);
  stopping = true;
  process.stderr.write("\nStopping …\n");
  await demo[Symbol.asyncDispose]();
}
process.on("SIGINT", () => void stop());
process.on("SIGTERM", () => void stop());
