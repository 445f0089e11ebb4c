import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Browser, startBrowser } from "../support/browser.ts";

/** A browser that takes the controller's certificate, and whatever its pages complain of. */
export interface WatchedBrowser extends AsyncDisposable {
  readonly browser: Browser;
  readonly page: Page;
  readonly faults: readonly string[];
}

/** Opens a controller's page. */
export async function watchPage(controller: { readonly url: string; readonly pin: string }): Promise<WatchedBrowser> {
  const browser = await startBrowser({ trustedKeys: [controller.pin] });
  const faults: string[] = [];
  browser.context.on("weberror", (error) => faults.push(error.error().message));
  browser.context.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  const page = await browser.open(controller.url);
  return { browser, page, faults, [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

/** How many pixels of the page's canvas are lit: have more than a little red, which the running block has not. */
export function litPixels(page: Page): Promise<number> {
  return page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return data.filter((value, index) => index % 4 === 0 && value > 100).length;
  });
}

/** Half a tile's: which colours count as lit depends on the letter. */
const TILE_PIXELS = 640;

/** Waits for the console's picture, types, and waits for what that shows on it. */
export async function typeOnConsole(page: Page, text: string): Promise<void> {
  await expect.poll(() => litPixels(page)).toBeGreaterThan(10_000);
  const before = await litPixels(page);
  await page.locator("canvas").focus();
  await page.keyboard.type(text);
  await expect.poll(() => litPixels(page)).toBeGreaterThan(before + TILE_PIXELS);
}
