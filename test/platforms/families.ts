import type { Controller, ControllerOptions } from "../emulators/core/controller.ts";
import { startIdrac8 } from "../emulators/idrac8/idrac8.ts";
import { startIdrac9 } from "../emulators/idrac9/idrac9.ts";
import { startIlo } from "../emulators/ilo/ilo.ts";
import { startMegarac } from "../emulators/megarac/megarac.ts";
import { startOpenBmc } from "../emulators/openbmc/openbmc.ts";
import { idrac8Scenario } from "../emulators/scenarios/idrac8.ts";
import { idrac9Scenario } from "../emulators/scenarios/idrac9.ts";
import { iloScenario } from "../emulators/scenarios/ilo.ts";
import { megaracScenario } from "../emulators/scenarios/megarac.ts";
import { megaracSpScenario } from "../emulators/scenarios/megarac-sp.ts";
import { openBmcScenario } from "../emulators/scenarios/openbmc.ts";
import type { Failure } from "../emulators/scenarios/steps.ts";
import { supermicroScenario } from "../emulators/scenarios/supermicro.ts";
import type { Via } from "../emulators/scenarios/via.ts";
import { xccScenario } from "../emulators/scenarios/xcc.ts";
import { startSupermicro } from "../emulators/supermicro/supermicro.ts";
import { startXcc } from "../emulators/xcc/xcc.ts";

/** A family of controllers: its emulator, and a person's whole stay at it. */
export interface TestedFamily {
  /** One that refuses what real ones are known to refuse, and nothing else. */
  readonly start: (options: ControllerOptions) => Promise<Controller>;
  /** One that refuses whatever the emulator can: what a gateway gets past, it gets past in the field too. */
  readonly startStrict: (options: ControllerOptions) => Promise<Controller>;
  readonly stay: (via: Via) => Promise<readonly Failure[]>;
  /** The name by which a token's claim `platform` knows it. */
  readonly platform: string;
  /** Ports of its own in the field beside the pages', by name. */
  readonly ports: Readonly<Record<string, number>>;
}

interface FamilyParts<Options> {
  readonly start: (options?: Options) => Promise<Controller>;
  /** Which member of the family this is. */
  readonly kind?: Options;
  readonly strict: Options;
  readonly stay: (via: Via) => Promise<readonly Failure[]>;
  readonly platform: string;
  /** Where its console listens in the field, where it has a port of its own. */
  readonly consolePort?: number;
}

function family<Options extends ControllerOptions>(parts: FamilyParts<Options>): TestedFamily {
  const { start, kind, strict, stay, platform, consolePort } = parts;
  return {
    start: (options) => start({ countLeaks: true, ...kind, ...options } as Options),
    startStrict: (options) => start({ countLeaks: true, ...kind, ...strict, ...options } as Options),
    stay,
    platform,
    ports: consolePort === undefined ? {} : { console: consolePort },
  };
}

/** Every family by its name in the table. */
export const FAMILIES = {
  idrac8: family({
    start: startIdrac8,
    strict: { strict: { exactPath: true, sixConnections: true } },
    platform: "idrac8",
    consolePort: 5900,
    stay: idrac8Scenario,
  }),
  idrac9: family({
    start: startIdrac9,
    strict: { strict: { exactPath: true } },
    platform: "idrac9",
    stay: idrac9Scenario,
  }),
  "idrac9-5900": family({
    start: startIdrac9,
    kind: { consoleOn: "console" },
    strict: { strict: { exactPath: true } },
    platform: "idrac9",
    consolePort: 5900,
    stay: idrac9Scenario,
  }),
  ilo: family({
    start: startIlo,
    strict: { strict: { foreignHost: true, emptySubprotocol: true, exactPath: true } },
    platform: "ilo",
    stay: (via) => iloScenario(via),
  }),
  megarac: family({
    start: startMegarac,
    strict: { strict: { peerBoundToken: true, exactPath: true }, requireHost: true },
    platform: "megarac",
    stay: megaracScenario,
  }),
  "megarac-sp": family({
    start: startMegarac,
    kind: { generation: "sp" },
    strict: { strict: { exactPath: true }, requireHost: true },
    platform: "megarac-sp",
    stay: megaracSpScenario,
  }),
  supermicro: family({
    start: startSupermicro,
    strict: { strict: { exactPath: true, keepAlive: true } },
    platform: "supermicro",
    stay: supermicroScenario,
  }),
  openbmc: family({
    start: startOpenBmc,
    strict: { requireHost: true, requireOrigin: true },
    platform: "openbmc",
    stay: openBmcScenario,
  }),
  xcc: family({
    start: startXcc,
    strict: { strict: { foreignHost: true, exactPath: true } },
    platform: "xcc",
    consolePort: 3900,
    stay: xccScenario,
  }),
} as const satisfies Readonly<Record<string, TestedFamily>>;

export type FamilyName = keyof typeof FAMILIES;
