import { dirname } from "node:path";
import type { TcpConfiguration } from "./configuration.ts";
import type { Fault } from "./fault.ts";
import { readConfigurationFile } from "./file.ts";
import { ConfigurationError, collisions, parseTcp } from "./tcp.ts";

/**
 * The listeners under `tcp` in a configuration file; whatever else it holds is not looked at.
 * @throws ConfigurationError with every fault, by key and line
 */
export async function readTcpFile(path: string): Promise<readonly TcpConfiguration[]> {
  const read = await readConfigurationFile(path);
  if ("faults" in read) throw new ConfigurationError(read.faults);
  const { file } = read;
  const { tcp } = file.values;
  if (!Array.isArray(tcp) || tcp.length === 0) {
    const message = `must list one listener at least, each begun with a dash (${path})`;
    throw new ConfigurationError([{ setting: "tcp", message }]);
  }
  const faults: Fault[] = [];
  const note = ({ setting, message }: Fault) => {
    const line = file.lineOf(setting.split("."));
    faults.push({ setting, message, ...(line === undefined ? {} : { line }) });
  };
  const listeners = tcp.flatMap((entry, index) => {
    try {
      return [parseTcp(entry, dirname(path))];
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      for (const { setting, message } of error.faults)
        note({ setting: ["tcp", index, setting].filter((key) => key !== "").join("."), message });
      return [];
    }
  });
  if (listeners.length === tcp.length) collisions(listeners).forEach(note);
  if (faults.length > 0) throw new ConfigurationError(faults);
  return listeners;
}
