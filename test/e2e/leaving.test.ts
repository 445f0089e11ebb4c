import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Idrac9, startIdrac9 } from "../emulators/idrac9/idrac9.ts";
import { openIdrac9Console } from "../emulators/visits.ts";
import { ensureDebianPackages } from "../support/packages.ts";
import { startXvnc, XVNC_PACKAGES, type Xvnc } from "../support/xvnc.ts";
import { PAGES_PORT, type Site, startSite } from "./controllers.ts";

let site: Site;
let vnc: Xvnc;
/** Seconds by which the gateway's clock is ahead: a session ends when a test wants it, not while its console still opens. */
let ahead = 0;
beforeAll(async () => {
  await ensureDebianPackages(XVNC_PACKAGES);
  [site, vnc] = await Promise.all([startSite({ now: () => Date.now() / 1000 + ahead }), startXvnc()]);
});
afterEach(async () => {
  ahead = 0;
  await site.browser.reset();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await vnc[Symbol.asyncDispose]();
});

let addresses = 0;

/** An iDRAC9 of which sessions that are not logged out and consoles that are cut without a word count as leaked. */
function startController(): Promise<Idrac9> {
  addresses += 1;
  return startIdrac9({ address: `127.59.9.${addresses}`, port: PAGES_PORT, vnc, countLeaks: true });
}

describe("an iDRAC9 gets its log-in and its console's slot back", () => {
  test("when the session expires with the console open", async () => {
    await using controller = await startController();
    const page = await site.open(await site.link(controller, { claims: { platform: "idrac9" }, expiresIn: 60 }));
    await openIdrac9Console({ browser: site.browser, page });
    expect(controller.leaked()).toBeGreaterThan(0);
    ahead = 61;
    await controller.until(() => controller.leaked() === 0);
    expect(Object.fromEntries(controller.rejections)).toEqual({});
  });

  test("when its owner ends the session", async () => {
    await using controller = await startController();
    const page = await site.open(await site.link(controller, { claims: { platform: "idrac9" } }));
    await openIdrac9Console({ browser: site.browser, page });
    expect(controller.leaked()).toBeGreaterThan(0);
    await page.evaluate(() => fetch("/gpsession/end", { method: "POST" }));
    await controller.until(() => controller.leaked() === 0);
    expect(Object.fromEntries(controller.rejections)).toEqual({});
  });

  test("the slot alone, when the console's tab is closed without a word", async () => {
    await using controller = await startController();
    const page = await site.open(await site.link(controller, { claims: { platform: "idrac9" } }));
    const viewer = await openIdrac9Console({ browser: site.browser, page });
    const open = controller.websockets.size;
    await viewer.close();
    await controller.until(() => controller.websockets.size < open);
    expect(controller.sessions.size).toBe(1);
    expect(controller.leaked()).toBe(1);
  });
});
