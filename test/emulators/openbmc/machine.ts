/** What the sensors show at one moment. */
export interface Readings {
  readonly inletCelsius: number;
  readonly processorCelsius: number;
  readonly fanPercent: number;
  readonly watts: number;
}

/** How a Redfish reset request changes the power; others are unknown to this machine. */
const RESETS: Readonly<Record<string, Power>> = {
  On: "On",
  ForceOn: "On",
  ForceRestart: "On",
  GracefulRestart: "On",
  PowerCycle: "On",
  ForceOff: "Off",
  GracefulShutdown: "Off",
};

export type Power = "On" | "Off";

/** The server that the controller manages. */
export class Machine {
  power: Power = "On";
  readonly hostName = "k7f3";
  readonly manufacturer = "Northgate Systems";
  readonly model = "NG-2200 Rack Server";
  readonly serialNumber = "NG22K7F3A0142";
  readonly uuid = "5a0c2b6e-2f64-4c53-9d0f-3f1a7c9e4b21";
  readonly biosVersion = "2.4.1";
  readonly firmwareVersion = "2.18.0-emulated";
  readonly processors = { count: 2, cores: 64, model: "AMD EPYC 9354" };
  readonly memoryGiB = 384;

  /** @returns whether the reset type is known */
  reset(type: string): boolean {
    const power = RESETS[type];
    if (power === undefined) return false;
    this.power = power;
    return true;
  }

  /** Slow waves stand in for load, so that a page which follows them visibly lives. `now` in ms since the epoch. */
  readings(now: number): Readings {
    const load = this.power === "Off" ? 0 : 0.55 + 0.3 * Math.sin(now / 9000) + 0.1 * Math.sin(now / 2300);
    const idleWatts = this.power === "Off" ? 11 : 168;
    return {
      inletCelsius: round(22.5 + 0.6 * Math.sin(now / 60_000)),
      processorCelsius: round(24 + 34 * load),
      fanPercent: Math.round(12 + 48 * load),
      watts: Math.round(idleWatts + 290 * load),
    };
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
