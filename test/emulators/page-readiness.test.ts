import type { FrameLocator, Page, Route } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import type { Controller } from "./core/controller.ts";
import { startIdrac8 } from "./idrac8/idrac8.ts";
import { startIdrac9 } from "./idrac9/idrac9.ts";
import { startIlo } from "./ilo/ilo.ts";
import { startMegarac } from "./megarac/megarac.ts";
import { startSupermicro } from "./supermicro/supermicro.ts";
import { startXcc } from "./xcc/xcc.ts";

/** Page or frame. */
type Place = Page | FrameLocator;

interface Family {
  readonly name: string;
  readonly start: () => Promise<Controller>;
  /** Where the log-in form is. */
  readonly entry: (page: Page) => Place;
  /** Where a page of its own follows the log-in: how to get there. */
  readonly inside?: { readonly fields: Readonly<Record<string, string>>; readonly place: (page: Page) => Place };
}

const itself = (page: Page) => page;

const families: readonly Family[] = [
  {
    name: "an iDRAC8",
    start: startIdrac8,
    entry: itself,
    inside: { fields: { Username: "root", Password: "calvin" }, place: itself },
  },
  { name: "an iDRAC9", start: startIdrac9, entry: itself },
  { name: "an iLO", start: startIlo, entry: (page) => page.frameLocator("#appFrame") },
  { name: "a MegaRAC SP-X", start: startMegarac, entry: itself },
  {
    name: "a MegaRAC SP",
    // Without a gateway browsers of today cannot log in to it: its answers end too early.
    start: () => startMegarac({ generation: "sp" }),
    entry: itself,
  },
  {
    name: "a Supermicro",
    start: startSupermicro,
    entry: itself,
    inside: { fields: { Username: "ADMIN", Password: "K7F3-smc" }, place: (page) => page.frameLocator("iframe") },
  },
  { name: "an XCC", start: startXcc, entry: itself },
];

/** Modules are what pages work by; what writes tokens into them or leads on to the next is none. */
const MODULES = /\/(?!csrf)[\w-]+\.js$/;

/** Keeps a page's modules away from it, each time until they are let go. */
class Modules {
  #gate = Promise.withResolvers<void>();

  async hold(page: Page): Promise<void> {
    await page.route(MODULES, async (route: Route) => {
      await this.#gate.promise;
      await route.continue();
    });
  }

  /** Those that were asked for; later ones are held again. */
  letGo(): void {
    this.#gate.resolve();
  }

  holdAgain(): void {
    this.#gate = Promise.withResolvers();
  }
}

/** A person, or a test, who is faster than the page's script would else click a button that does nothing yet. */
describe.each(families)("$name", ({ start, entry, inside }) => {
  test("shows nothing to click before the script that answers it", async () => {
    const controller = await start();
    onTestFinished(() => controller.close());
    await using browser = await startBrowser({ trustedKeys: [controller.pin] });
    const page = await browser.context.newPage();
    const modules = new Modules();
    await modules.hold(page);
    await page.goto(controller.url, { waitUntil: "commit" });
    const form = entry(page).locator("form");
    await form.waitFor({ state: "attached" });
    expect(await form.isVisible()).toBe(false);
    modules.letGo();
    await form.waitFor();
    if (inside === undefined) return;

    modules.holdAgain();
    for (const [label, value] of Object.entries(inside.fields)) await page.getByLabel(label).fill(value);
    await form.getByRole("button").click();
    const off = inside.place(page).getByText("Power off");
    await off.waitFor({ state: "attached" });
    expect(await off.isVisible()).toBe(false);
    modules.letGo();
    await off.waitFor();
  });
});
