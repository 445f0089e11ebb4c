import { parseAddress } from "@sallyport/shared";
import type { Configuration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { type ExaminationParts, examine } from "../doctor/examination.ts";
import type { GatewaySettings } from "../doctor/finding.ts";
import { findingsOf } from "../doctor/findings.ts";
import { jsonReport, textReport } from "../doctor/report.ts";
import { Unexaminable } from "../doctor/unexaminable.ts";
import { familyByNetwork } from "../platforms/by-network.ts";
import { createDial } from "../pools/dial.ts";
import { createHttpClients, type HttpClients } from "../pools/http-clients.ts";
import { probeOver } from "../probing/probe.ts";
import { type FileOption, faultsFailure, tryConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

export interface DoctorOptions extends FileOption {
  readonly ip: string;
  readonly port: string;
  readonly json?: true;
}

/** Each connection, handshake or question, in milliseconds. */
const PATIENCE = 5_000;
/** Exit code for what was asked wrongly. */
const USAGE = 2;

/** Looks at one controller and says which setting each finding asks for: exit code 0, 1 with a finding that breaks. */
export async function doctor(world: World, options: DoctorOptions): Promise<void> {
  const { address, port } = readTarget(options);
  const { web } = await readSettings(world, options);
  const target = { address, port, scheme: "https" as const };
  const dial = createDial({ allowed: () => true, timeout: PATIENCE });
  const clients = createHttpClients({ dial, answerTimeout: PATIENCE });
  try {
    const seen = await examine({ ...partsFor(clients), target, dial, ca: web.controllers.ca, patience: PATIENCE });
    const findings = findingsOf({ seen, settings: settingsFor(web, address), now: Date.now() });
    world.out(options.json ? jsonReport(seen, findings) : textReport(seen, findings));
    const grave = findings.filter(({ severity }) => severity === "breaks").length;
    if (grave > 0) throw new Failure(grave === 1 ? "one finding breaks sessions" : `${grave} findings break sessions`);
  } catch (error) {
    if (!(error instanceof Unexaminable)) throw error;
    const { code, message } = error;
    if (options.json) world.out(`${JSON.stringify({ address, port, error: { code, text: message } }, null, 2)}\n`);
    throw new Failure(message);
  } finally {
    clients.close();
  }
}

function readTarget({ ip, port }: DoctorOptions): { readonly address: string; readonly port: number } {
  if (!parseAddress(ip)) {
    throw new Failure(`--ip takes an address in canonical form, such as 10.20.3.7 or fd00::7, not "${ip}"`, USAGE);
  }
  if (!/^[1-9][0-9]{0,4}$/.test(port) || Number(port) > 65_535) {
    throw new Failure(`--port takes a number from 1 to 65535, not "${port}"`, USAGE);
  }
  return { address: ip, port: Number(port) };
}

/** The gateway's own settings; a machine that is no gateway yet has the defaults. */
async function readSettings(world: World, options: DoctorOptions): Promise<Configuration> {
  const { environment } = world;
  const keyed =
    ["JWT_KEY", "JWT_KEY_FILE", "JWT_JWKS"].some((name) => environment[name]) || options.config !== undefined;
  // No token is looked at here: where no key is set, any will do.
  const stand = keyed ? environment : { ...environment, JWT_KEY: crypto.randomUUID() + crypto.randomUUID() };
  const loaded = await tryConfiguration({ ...world, environment: stand }, options);
  if ("configuration" in loaded) return loaded.configuration;
  throw new Failure(faultsFailure(loaded.faults.map(formatFault)).message, USAGE);
}

function partsFor(clients: HttpClients): Pick<ExaminationParts, "probeFor"> {
  // As the gateway asks: one connection at a time, read leniently.
  const manners = { connections: 1, lenient: true };
  return { probeFor: (upstream) => probeOver(clients.client(upstream, manners), upstream.target) };
}

function settingsFor({ targets, controllers }: Configuration["web"], address: string): GatewaySettings {
  return {
    networks: targets.networks,
    ports: targets.ports,
    targetPort: targets.targetPort,
    legacyTls: controllers.legacyTls,
    platform: familyByNetwork(controllers.platforms, address),
    detect: controllers.detect,
  };
}
