import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADDRESS, type Hosts, startHosts } from "./hosts.ts";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await startHosts();
});
beforeEach(async () => {
  const page = await hosts.browser.open(await hosts.link("one"));
  await page.getByRole("heading", { name: ADDRESS }).waitFor();
});
afterEach(() => hosts.browser.reset());
afterAll(() => hosts[Symbol.asyncDispose]());

/** Puts the first customer's controller into a frame of the page; what the browser shows there. */
async function framed(page: Page): Promise<string> {
  await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const frame = document.createElement("iframe");
        frame.onload = resolve;
        frame.src = url;
        document.body.append(frame);
      }),
    `${hosts.customer("one")}/framed`,
  );
  const [, frame] = page.frames();
  return (await frame?.locator("body").textContent()) ?? "";
}

async function openSibling(): Promise<Page> {
  const page = await hosts.browser.open(await hosts.link("two", { ip: "10.20.3.9", sub: "b" }));
  await page.getByRole("heading", { name: "10.20.3.9" }).waitFor();
  return page;
}

describe("a controller's page in a frame", () => {
  test("of a sibling customer's controller, with all cookies: is not shown", async () => {
    const page = await openSibling();
    expect(await framed(page)).not.toContain(ADDRESS);
    expect(hosts.origin.received.some(({ url }) => url === "/framed")).toBe(true);
  });

  test.each([
    ["the controller itself", () => `${hosts.customer("one")}/`],
    ["a portal", () => hosts.elsewhere("portal")],
  ])("of %s: is shown", async (_, url) => {
    const page = await hosts.browser.open(url());
    expect(await framed(page)).toContain(ADDRESS);
  });
});

test("a controller's page cannot install a service worker, which would read the next link on this host", async () => {
  const page = await hosts.browser.open(`${hosts.customer("one")}/`);
  const outcome = await page.evaluate(() =>
    navigator.serviceWorker.register("/worker.js").then(
      () => "installed",
      () => "refused",
    ),
  );
  expect(outcome).toBe("refused");
  expect(hosts.origin.received.some(({ url }) => url === "/worker.js")).toBe(false);
});
