import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { startBrowser } from "../support/browser.ts";
import { ensureDebianPackages } from "../support/packages.ts";
import { startXvnc, XVNC_PACKAGES } from "../support/xvnc.ts";
import { type OpenBmcOptions, startOpenBmc } from "./openbmc/openbmc.ts";
import { DUMP_BYTES } from "./openbmc/transfers.ts";

const ARTIFACTS = join(import.meta.dirname, "../../artifacts");
const STRICT: OpenBmcOptions = { requireHost: true, requireOrigin: true };

/** A controller with a browser that has its log-in page open, and whatever the page complains of. */
async function start(options: OpenBmcOptions = STRICT) {
  const stack = new AsyncDisposableStack();
  const bmc = stack.use(await startOpenBmc(options));
  const browser = stack.use(await startBrowser({ trustedKeys: [bmc.pin] }));
  const page = await browser.open(bmc.url);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  return { bmc, page, faults, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function logIn(page: Page, password = "0penBmc"): Promise<void> {
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

async function openConsole(page: Page, name: string, className: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
  await page.locator(`.${className}[data-state=connected]`).waitFor();
}

/** How many pixels of the console are lit: have more than a little red. */
function litPixels(page: Page): Promise<number> {
  return page.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    return data.filter((value, index) => index % 4 === 0 && value > 100).length;
  });
}

/** The same once the picture stands still: two looks see the same. */
async function settledPixels(page: Page): Promise<number> {
  let last = 0;
  const look = async () => {
    const [before, now] = [last, await litPixels(page)];
    last = now;
    return now > 0 && now === before;
  };
  await expect.poll(look, { interval: 200, timeout: 10_000 }).toBe(true);
  return last;
}

async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `openbmc-${name}.png`) });
}

test("a person logs in, types on the server's real screen, and leaves nothing behind", async () => {
  await ensureDebianPackages(XVNC_PACKAGES);
  await using vnc = await startXvnc();
  await using running = await start({ ...STRICT, vnc });
  const { bmc, page, faults } = running;
  await page.getByText("Log in as root with password 0penBmc").waitFor();
  await keepScreenshot(page, "log-in");
  await logIn(page);
  await openConsole(page, "KVM console", "kvm");
  const before = await settledPixels(page);
  await page.keyboard.type("sallyport");
  await expect.poll(() => litPixels(page), { timeout: 10_000 }).toBeGreaterThan(before + 200);
  await keepScreenshot(page, "kvm");

  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await bmc.until(() => bmc.leaked() === 0);
  expect(bmc.rejections.size).toBe(0);
  expect(faults).toEqual([]);
});

test("the test picture stands in for a screen", async () => {
  await using running = await start();
  const { page } = running;
  await logIn(page);
  await openConsole(page, "KVM console", "kvm");
  await expect.poll(() => litPixels(page)).toBeGreaterThan(10_000);
  const before = await litPixels(page);
  // The running block is turquoise: too little red in it to count, so only the tiles make the difference.
  await page.keyboard.type("LLL");
  await expect.poll(() => litPixels(page)).toBeGreaterThan(before + 1500);
  await keepScreenshot(page, "test-picture");
});

test("the overview follows the machine, and the serial console commands it", async () => {
  await using running = await start();
  const { page, faults } = running;
  await logIn(page);
  await page.locator(".power[data-power=On]").waitFor();
  await page.getByText("NG22K7F3A0142").waitFor();
  await expect.poll(() => page.locator(".reading").first().textContent()).toMatch(/Power draw\d+ W/);
  await keepScreenshot(page, "overview");

  await openConsole(page, "Serial console", "serial");
  await page.locator(".terminal", { hasText: "# " }).waitFor();
  await page.keyboard.type("power off\n");
  await page.getByText("Machine power is Off.").waitFor();
  await keepScreenshot(page, "serial");
  await page.getByRole("link", { name: "Overview" }).click();
  await page.locator(".power[data-power=Off]").waitFor();
  await page.getByRole("button", { name: "Power on" }).click();
  await page.locator(".power[data-power=On]").waitFor();
  expect(faults).toEqual([]);
});

test("a dump comes down and an image goes up", async () => {
  await using running = await start();
  const { page } = running;
  await logIn(page);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download dump" }).click();
  const dump = await readFile(await (await downloading).path());
  expect(dump.length).toBe(DUMP_BYTES);

  const sha256 = createHash("sha256").update(dump).digest("hex");
  const image = { name: "image.bin", mimeType: "application/octet-stream", buffer: dump };
  await page.getByLabel("Upload a firmware image").setInputFiles(image);
  await page.getByText(`${dump.length} bytes arrived, SHA-256 ${sha256}`).waitFor();
});

test("a wrong password is said to be wrong; a console that ends says so and can be had again", async () => {
  await using running = await start();
  const { bmc, page } = running;
  await logIn(page, "OpenBmc");
  await page.getByText("Wrong user name or password.").waitFor();
  await logIn(page);
  await openConsole(page, "Serial console", "serial");
  for (const websocket of bmc.websockets) websocket.close(4001, "The session has ended");
  await page.getByText("Closed: The session has ended").waitFor();
  await page.getByRole("button", { name: "Reconnect" }).click();
  await page.locator(".serial[data-state=connected]").waitFor();
});

test("a session that ended while the page was open leads back to the log-in", async () => {
  await using running = await start();
  const { bmc, page } = running;
  await logIn(page);
  await openConsole(page, "Serial console", "serial");
  for (const session of bmc.sessions) bmc.sessions.end(session);
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByRole("button", { name: "Log in" }).waitFor();
});
