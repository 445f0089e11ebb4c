import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ilo, startIlo } from "../emulators/ilo/ilo.ts";
import { type Megarac, startMegarac } from "../emulators/megarac/megarac.ts";
import { HOSTS, PAGES_PORT, type Site, startSite } from "./controllers.ts";

let site: Site;
let one: Megarac;
let other: Ilo;
beforeAll(async () => {
  site = await startSite();
});
// New ones each time: whoever was logged in when a test failed is nobody's to wait for.
beforeEach(async () => {
  [one, other] = await Promise.all([
    startMegarac({ address: "127.59.1.1", port: PAGES_PORT }),
    startIlo({ address: "127.59.1.2", port: PAGES_PORT }),
  ]);
});
afterEach(async () => {
  await site.browser.reset();
  for (const controller of [one, other]) await controller[Symbol.asyncDispose]();
});
afterAll(() => site[Symbol.asyncDispose]());

async function logInAtOne(host: keyof typeof HOSTS = "one"): Promise<Page> {
  const page = await site.open(await site.link(one, { host, claims: { platform: "megarac" } }));
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill("K7F3-ami");
  await page.getByRole("button", { name: "Sign me in" }).click();
  await page.getByText("Power: On").waitFor();
  return page;
}

async function openViewer(page: Page): Promise<Page> {
  const opening = site.browser.context.waitForEvent("page");
  await page.getByRole("button", { name: "Launch H5Viewer" }).click();
  const viewer = await opening;
  await viewer.getByText("connected").waitFor();
  return viewer;
}

async function logInAtOther(page: Page): Promise<void> {
  const frame = page.frameLocator("#appFrame");
  await frame.getByLabel("Local user name").fill("Administrator");
  await frame.getByLabel("Password").fill("K7F3-ilo");
  await frame.getByRole("button", { name: "Log in" }).click();
  await frame.getByText("Power: On").waitFor();
}

/** Everything that a controller was sent, as text. */
const heardBy = (controller: Megarac | Ilo) => JSON.stringify([...controller.journal]);

describe("a second link on the same host, for another controller", () => {
  test("shows it nothing of the first one's cookies, nor of the provider's own", async () => {
    await site.browser.context.addCookies([
      { name: "portal", value: "a-secret-of-the-portal", domain: ".example.test", path: "/", secure: true },
    ]);
    const page = await logInAtOne();
    const secret = (await site.browser.context.cookies(page.url())).find(({ name }) => name === "QSESSIONID")?.value;
    expect(secret).toBeDefined();
    expect(heardBy(one)).toContain(secret);
    await page.goto(await site.link(other, { claims: { platform: "ilo" } }));
    await page.getByRole("link", { name: "Continue to the server" }).click();
    await logInAtOther(page);
    expect(heardBy(other)).not.toContain(secret);
    for (const controller of [one, other]) expect(heardBy(controller)).not.toContain("a-secret-of-the-portal");
    expect(heardBy(other)).toContain("sessionKey=");
  });

  test("ends the first one's console in the other tab, gives its log-in back, and says so", async () => {
    const viewer = await openViewer(await logInAtOne());
    const second = await site.browser.open(await site.link(other, { claims: { platform: "ilo" } }));
    await second.getByRole("heading", { name: "Your earlier session here has ended" }).waitFor();
    await viewer.getByText("closed: sallyport:replaced").waitFor();
    await one.until(() => one.leaked() === 0);
    await second.getByRole("link", { name: "Continue to the server" }).click();
    await logInAtOther(second);
  });
});

test("on two hosts both consoles go on", async () => {
  const viewer = await openViewer(await logInAtOne("one"));
  const second = await site.open(await site.link(other, { host: "two", claims: { platform: "ilo" } }));
  await logInAtOther(second);
  await viewer.getByText("connected").waitFor();
  expect(new URL(second.url()).hostname).toBe(HOSTS.two);
});
