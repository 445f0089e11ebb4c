import type { Gateway } from "../compose-gateway.ts";
import type { Configuration } from "../config/configuration.ts";
import type { Log } from "../telemetry/log.ts";

/** Has a gateway take up changed settings. Never rejects: what goes wrong is logged. */
export async function changeSettings(gateway: Gateway, configuration: Configuration, log: Log): Promise<void> {
  try {
    await gateway.setSettings(configuration);
    log.debug({}, "settings are in force");
  } catch (error) {
    log.error({ error }, "changed settings could not be taken up: those in force stay");
  }
}
