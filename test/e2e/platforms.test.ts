import { mkdir } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Controller, ControllerOptions } from "../emulators/core/controller.ts";
import { startIdrac8 } from "../emulators/idrac8/idrac8.ts";
import { startIdrac9 } from "../emulators/idrac9/idrac9.ts";
import { startIlo } from "../emulators/ilo/ilo.ts";
import { startMegarac } from "../emulators/megarac/megarac.ts";
import { startOpenBmc } from "../emulators/openbmc/openbmc.ts";
import { startSupermicro } from "../emulators/supermicro/supermicro.ts";
import {
  type Visit,
  visitIdrac8,
  visitIdrac9,
  visitIlo,
  visitMegarac,
  visitMegaracSp,
  visitOpenBmc,
  visitSupermicro,
  visitXcc,
} from "../emulators/visits.ts";
import { startXcc } from "../emulators/xcc/xcc.ts";
import { ensureDebianPackages } from "../support/packages.ts";
import { startXvnc, XVNC_PACKAGES, type Xvnc } from "../support/xvnc.ts";
import { PAGES_PORT, type Site, startSite } from "./controllers.ts";

const ARTIFACTS = new URL("../../artifacts/", import.meta.url);

let site: Site;
let vnc: Xvnc;
beforeAll(async () => {
  await mkdir(ARTIFACTS, { recursive: true });
  await ensureDebianPackages(XVNC_PACKAGES);
  [site, vnc] = await Promise.all([startSite(), startXvnc()]);
});
// Else the next link would be another controller's on the same host, which a page says first.
afterEach(() => site.browser.reset());
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await vnc[Symbol.asyncDispose]();
});

interface Family {
  readonly name: string;
  readonly platform: string;
  /** Each has an address of its own, so that its second port can have the number that it has in the field. */
  readonly address: string;
  readonly start: (options: ControllerOptions) => Promise<Controller>;
  readonly visit: (visit: Visit) => Promise<void>;
  readonly second?: number;
}

const EXACT = { exactPath: true } as const;

const PATIENCE = 30_000;

const families: readonly Family[] = [
  {
    name: "an iDRAC8",
    platform: "idrac8",
    address: "127.58.8.1",
    start: (options) => startIdrac8({ ...options, strict: EXACT }),
    visit: visitIdrac8,
    second: 5900,
  },
  {
    name: "an iDRAC9",
    platform: "idrac9",
    address: "127.58.9.1",
    start: (options) => startIdrac9({ ...options, vnc, strict: EXACT }),
    visit: visitIdrac9,
  },
  {
    name: "an iDRAC9 of old firmware",
    platform: "idrac9",
    address: "127.58.9.2",
    start: (options) => startIdrac9({ ...options, vnc, consoleOn: "console", strict: EXACT }),
    visit: visitIdrac9,
    second: 5900,
  },
  {
    name: "an iLO 5",
    platform: "ilo",
    address: "127.58.5.1",
    start: (options) => startIlo({ ...options, strict: { ...EXACT, foreignHost: true, emptySubprotocol: true } }),
    visit: visitIlo,
  },
  {
    name: "an iLO 6",
    platform: "ilo",
    address: "127.58.6.1",
    start: (options) => startIlo({ ...options, generation: 6 }),
    visit: visitIlo,
  },
  {
    name: "a MegaRAC SP-X",
    platform: "megarac",
    address: "127.58.7.1",
    start: (options) => startMegarac({ ...options, strict: EXACT, requireHost: true }),
    visit: visitMegarac,
  },
  {
    name: "a MegaRAC SP",
    platform: "megarac-sp",
    address: "127.58.7.2",
    start: (options) => startMegarac({ ...options, generation: "sp" }),
    visit: visitMegaracSp,
  },
  {
    name: "a Supermicro",
    platform: "supermicro",
    address: "127.58.4.1",
    start: (options) => startSupermicro({ ...options, strict: EXACT }),
    visit: visitSupermicro,
  },
  {
    name: "an OpenBMC",
    platform: "openbmc",
    address: "127.58.2.1",
    start: (options) => startOpenBmc({ ...options, requireHost: true, requireOrigin: true }),
    visit: visitOpenBmc,
  },
  {
    name: "an XCC",
    platform: "xcc",
    address: "127.58.3.1",
    start: (options) => startXcc({ ...options, strict: { ...EXACT, foreignHost: true } }),
    visit: visitXcc,
    second: 3900,
  },
];

describe.each(families)("$name", ({ name, platform, address, start, visit, second }) => {
  test("a customer logs in on its own page, uses the console and logs out, as if nothing stood between", {
    timeout: PATIENCE,
  }, async () => {
    const ports = second === undefined ? {} : { ports: { console: second } };
    const controller = await start({ address, port: PAGES_PORT, countLeaks: true, ...ports });
    // Also where the test hangs: a second try needs the same address.
    onTestFinished(() => controller.close());
    const before = site.faults.length;
    const page = await site.open(await site.link(controller, { claims: { platform } }));
    await visit({ browser: site.browser, page });
    const [viewer = page] = site.browser.context
      .pages()
      .filter((one) => one !== page && !one.url().startsWith("about:"));
    await viewer.screenshot({ path: new URL(`${name.replace(/\W+/g, "-")}.png`, ARTIFACTS).pathname });
    expect(Object.fromEntries(controller.rejections)).toEqual({});
    expect(site.faults.slice(before)).toEqual([]);
    await controller.until(() => controller.leaked() === 0);
  });
});
