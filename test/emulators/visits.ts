import type { FrameLocator, Page } from "playwright-core";
import { expect } from "vitest";
import type { Browser } from "../support/browser.ts";
import { litPixels, typeOnConsole } from "./page-console.ts";

/** A browser with a controller's first page open, wherever it found that. */
export interface Visit {
  readonly browser: Browser;
  readonly page: Page;
}

/** The tab that a button opens. */
async function tabOf({ browser }: Visit, place: Page | FrameLocator, button: string): Promise<Page> {
  const opening = browser.context.waitForEvent("page");
  await place.getByRole("button", { name: button }).click();
  return opening;
}

/** Logs in, opens the console in a tab of its own on the second port, types there, and logs out. */
export async function visitIdrac8(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByLabel("Username").fill("root");
  await page.getByLabel("Password").fill("calvin");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.getByText("2.86.86.86 (en)").waitFor();
  await page.getByText("On", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Power off" }).click();
  await page.getByText("Off", { exact: true }).waitFor();
  const viewer = await tabOf(visit, page, "Launch");
  await viewer.getByText("connected").waitFor();
  await typeOnConsole(viewer, "iDRAC8");
  await viewer.getByRole("button", { name: "Exit" }).click();
  await viewer.getByText("closed (1000)").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Username").waitFor();
}

/** Logs in and opens the console, which shows a real screen. Returns its tab. */
export async function openIdrac9Console(visit: Visit): Promise<Page> {
  const { page } = visit;
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("calvin");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Power: On").waitFor();
  await page.getByRole("button", { name: "Power off" }).click();
  await page.getByText("Power: Off").waitFor();
  const viewer = await tabOf(visit, page, "Start the virtual console");
  await viewer.getByText("connected").waitFor();
  await expect.poll(() => litPixels(viewer), { timeout: 10_000 }).toBeGreaterThan(500);
  return viewer;
}

/** Logs in, types on the real screen that the console shows, disconnects, and logs out. */
export async function visitIdrac9(visit: Visit): Promise<void> {
  const { page } = visit;
  const viewer = await openIdrac9Console(visit);
  const before = await litPixels(viewer);
  await viewer.keyboard.type("idrac9");
  await expect.poll(() => litPixels(viewer), { timeout: 10_000 }).toBeGreaterThan(before + 100);
  await viewer.getByRole("button", { name: "Disconnect" }).click();
  await viewer.getByText("closed").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("User name").waitFor();
}

/** Logs in within the page's frame, types at the console, whose socket is in a worker, and logs out. */
export async function visitIlo(visit: Visit): Promise<void> {
  const frame = visit.page.frameLocator("#appFrame");
  await frame.getByLabel("Local user name").fill("Administrator");
  await frame.getByLabel("Password").fill("K7F3-ilo");
  await frame.getByRole("button", { name: "Log in" }).click();
  await frame.getByText(/Power: On, [1-9]\d* events/).waitFor();
  await frame.getByRole("button", { name: "Power off" }).click();
  await frame.getByText("Power: Off").waitFor();
  const viewer = await tabOf(visit, frame, "HTML5 console");
  await viewer.getByText("connected").waitFor();
  await typeOnConsole(viewer, "iLO5");
  await viewer.getByRole("button", { name: "Disconnect" }).click();
  await viewer.getByText("closed (1000)").waitFor();
  await frame.getByRole("button", { name: "Log out" }).click();
  await frame.getByLabel("Local user name").waitFor();
}

/** Signs in, types at a viewer that decodes in a worker, and signs out. */
export async function visitMegarac(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill("K7F3-ami");
  await page.getByRole("button", { name: "Sign me in" }).click();
  await page.getByText("Power: On").waitFor();
  await page.getByRole("button", { name: "Power off" }).click();
  await page.getByText("Power: Off").waitFor();
  const viewer = await tabOf(visit, page, "Launch H5Viewer");
  await viewer.getByText("connected").waitFor();
  await typeOnConsole(viewer, "MegaRAC");
  await viewer.getByRole("button", { name: "Stop KVM" }).click();
  await viewer.getByText("closed (1000)").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Username").waitFor();
}

/** The older firmware's page, which has no console that a browser could run. */
export async function visitMegaracSp({ page }: Visit): Promise<void> {
  await page.getByLabel("Username").fill("admin");
  await page.getByLabel("Password").fill("K7F3-ami");
  await page.getByRole("button", { name: "Login" }).click();
  await page.getByText("Power: On").waitFor();
  await page.getByRole("button", { name: "Power off" }).click();
  await page.getByText("Power: Off").waitFor();
  await page.getByRole("button", { name: "Logout" }).click();
  await page.getByRole("button", { name: "Login" }).waitFor();
}

/** Logs in by form, types at the console at the root, and logs out, which ends the console. */
export async function visitSupermicro(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByLabel("Username").fill("ADMIN");
  await page.getByLabel("Password").fill("K7F3-smc");
  await page.getByRole("button", { name: "Login" }).click();
  const frame = page.frameLocator("iframe");
  await frame.getByText("Power: ON").waitFor();
  await frame.getByRole("button", { name: "Power off" }).click();
  await frame.getByText("Power: OFF").waitFor();
  const viewer = await tabOf(visit, frame, "iKVM/HTML5");
  await viewer.getByText("connected").waitFor();
  await typeOnConsole(viewer, "Supermicro");
  await frame.getByRole("link", { name: "Logout" }).click();
  await viewer.getByText("closed (1000)").waitFor();
  await page.getByLabel("Username").waitFor();
}

/** Logs in, types on the console that the page itself holds, and logs out. */
export async function visitOpenBmc({ page }: Visit): Promise<void> {
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("0penBmc");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "KVM console", exact: true }).click();
  await page.locator(".kvm[data-state=connected]").waitFor();
  await expect.poll(() => litPixels(page)).toBeGreaterThan(10_000);
  const before = await litPixels(page);
  await page.keyboard.type("LLL");
  await expect.poll(() => litPixels(page)).toBeGreaterThan(before + 1500);
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
}

/** Logs in, types at the console on its own port, and logs out. */
export async function visitXcc(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.getByLabel("User name").fill("USERID");
  await page.getByLabel("Password").fill("K7F3-xcc");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByText("Power: On").waitFor();
  await page.getByRole("button", { name: "Power off" }).click();
  await page.getByText("Power: Off").waitFor();
  const viewer = await tabOf(visit, page, "Launch remote console");
  await viewer.getByText("connected").waitFor();
  await typeOnConsole(viewer, "XCC");
  await viewer.getByRole("button", { name: "Close" }).click();
  await viewer.getByText("closed (1000)").waitFor();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("User name").waitFor();
}
