import { mkdir } from "node:fs/promises";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startDemo } from "../../demo/demo.ts";
import { describeDemo } from "../../demo/describe.ts";
import { startBrowser } from "../support/browser.ts";
import { runCommand } from "../support/process.ts";

const ARTIFACTS = new URL("../../artifacts/", import.meta.url);

/** Pixels of the console's canvas that are lit: text on a black screen. */
function litPixels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const canvas = document.querySelector("canvas");
    const image = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    let lit = 0;
    for (let index = 0; index < image.length; index += 4) if ((image[index] ?? 0) > 100) lit += 1;
    return lit;
  });
}

async function waitForLit(page: Page, more: number): Promise<void> {
  await expect.poll(() => litPixels(page), { timeout: 15_000 }).toBeGreaterThan(more);
}

test("a signed link opens the controller in a browser, and what is typed shows on its live console", async () => {
  await using demo = await startDemo({ minutes: 5, progress: () => {} });
  await using browser = await startBrowser();
  const page = await browser.open(demo.link);

  await page.waitForURL(`${demo.addresses.edge}/**`);
  await page.getByLabel("User name").fill(demo.account.user);
  await page.getByLabel("Password").fill(demo.account.password);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "Open KVM console" }).click();
  await page.getByText("Connected", { exact: true }).waitFor();
  await waitForLit(page, 500);

  const before = await litPixels(page);
  await page.locator("canvas").click();
  await page.keyboard.type("sallyport", { delay: 20 });
  // Nine letters of the terminal's font; a cursor that moves or blinks is far less.
  await waitForLit(page, before + 200);
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: new URL("console.png", ARTIFACTS).pathname });

  expect(demo.screen).toBe("x-session");
  expect(await page.evaluate(() => document.referrer)).not.toContain("token");
});

test("without the link there is no way in, and a page says what to do", async () => {
  await using demo = await startDemo({ minutes: 5, progress: () => {} });
  await using browser = await startBrowser();
  const page = await browser.open(`${demo.addresses.edge}/`);
  await page.getByRole("heading", { name: "Open your link first" }).waitFor();
  await page.screenshot({ path: new URL("no-link.png", ARTIFACTS).pathname });
});

test("the command that the demo prints signs a link of one's own, which is taken", async () => {
  await using demo = await startDemo({ minutes: 5, progress: () => {} });
  const [, key = "", words = ""] =
    /JWT_KEY='(.+)' npm run --silent sallyport -- (token .+)/.exec(describeDemo(demo)) ?? [];
  const { code, out, err } = await runCommand(words.split(" "), { environment: { JWT_KEY: key } });
  expect([code, err]).toEqual([0, ""]);

  const entry = await fetch(`${demo.addresses.edge}/gpsession?token=${out.trim()}`, { redirect: "manual" });
  expect(entry.status).toBe(302);
  const cookies = entry.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
  const page = await fetch(`${demo.addresses.edge}/`, { headers: { cookie: cookies.join("; ") } });
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("management controller")]);
});
