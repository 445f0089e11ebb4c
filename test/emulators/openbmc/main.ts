import process from "node:process";
import { parseArgs } from "node:util";
import { startOpenBmc } from "./openbmc.ts";

/** Runs the emulator as a process of its own: `node main.ts --address 127.0.0.2 --port 8443 --control-port 0`. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      address: { type: "string", default: "127.0.0.1" },
      port: { type: "string", default: "0" },
      "control-port": { type: "string", default: "0" },
      "require-host": { type: "boolean", default: false },
      "require-origin": { type: "boolean", default: false },
    },
  });
  const controller = await startOpenBmc({
    address: values.address,
    port: Number(values.port),
    controlPort: Number(values["control-port"]),
    requireHost: values["require-host"],
    requireOrigin: values["require-origin"],
  });
  process.stdout.write(
    `${JSON.stringify({ url: controller.url, control: controller.control, pin: controller.pin })}\n`,
  );
  process.once("SIGTERM", () => void controller.close());
  process.once("SIGINT", () => void controller.close());
}

await main();
