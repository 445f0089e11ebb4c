import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Browser, startBrowser } from "../support/browser.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type Stack, startStack } from "../support/stack.ts";

const ARTIFACTS = new URL("../../artifacts/", import.meta.url);
/** Seconds: the notice comes some seconds after the entry. */
const LASTS = 64;

interface Provider extends AsyncDisposable {
  readonly url: string;
  /** What the page's customers get. */
  issue: () => Promise<string>;
  readonly asked: readonly string[];
}

/** A provider's page that issues fresh tokens, on a site of its own. */
async function startProvider(): Promise<Provider> {
  const asked: string[] = [];
  const server = createServer(await (await makeAuthority()).issue(), async ({ url = "" }, response) => {
    if (!url.startsWith("/renew")) return response.writeHead(404).end();
    const origin = new URL(url, "https://portal").searchParams.get("origin") ?? "";
    asked.push(origin);
    const address = `${origin}/.sallyport/renewed#token=${await provider.issue()}`;
    const markup = `<!doctype html><script>location.replace(${JSON.stringify(address)})</script>`;
    return response.writeHead(200, { "content-type": "text/html" }).end(markup);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider: Provider = {
    url: `https://localhost:${(server.address() as AddressInfo).port}/renew`,
    issue: async () => "",
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return provider;
}

let provider: Provider;
let stack: Stack;
let browser: Browser;
beforeAll(async () => {
  provider = await startProvider();
  stack = await startStack({ vars: { SESSION_NOTICE: "on", RENEW_URL: provider.url } });
  browser = await startBrowser({ anyCertificate: true });
});
afterEach(() => browser.reset());
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await stack[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const token = (seconds: number, sub = "a") => stack.token({ port: stack.bmc.port, sub }, seconds);
const link = async (seconds: number) => `${stack.edge.url}/gpsession?token=${await token(seconds)}`;

test("a page warns before the end, and a click renews the session while its console stays open", async () => {
  const page = await browser.open(await link(LASTS));
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("0penBmc");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("link", { name: "Open KVM console" }).waitFor();
  await page.evaluate(() => {
    const socket = new WebSocket(
      `${location.origin.replace("http", "ws")}/console/default`,
      /XSRF-TOKEN=([^;]+)/.exec(document.cookie)?.[1] ?? "",
    );
    Object.assign(window, { socket });
    return new Promise((resolve) => {
      socket.onmessage = resolve;
    });
  });
  const notice = page.locator("sallyport-notice");
  await notice.waitFor({ state: "attached", timeout: 20_000 });
  await mkdir(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: new URL("notice.png", ARTIFACTS).pathname });

  provider.issue = () => token(600);
  const opened = browser.context.waitForEvent("page");
  await page.getByRole("button", { name: "Stay connected" }).click();
  const popup = await opened;
  await expect.poll(() => popup.isClosed()).toBe(true);
  await notice.waitFor({ state: "detached" });

  expect(provider.asked).toEqual([stack.edge.url]);
  expect(await page.evaluate(() => Reflect.get(window, "socket").readyState)).toBe(WebSocket.OPEN);
  const status = await page.evaluate(async () => (await fetch("/.sallyport/session")).json());
  expect(status.remaining).toBeGreaterThan(500);
});

test("a token for somebody else does not renew, and the window says what to do", async () => {
  const page = await browser.open(await link(600));
  await page.getByLabel("User name").waitFor();
  const foreign = await browser.open(`${stack.edge.url}/.sallyport/renewed#token=${await token(600, "b")}`);
  await foreign.getByRole("heading", { name: "This does not continue your session" }).waitFor();
  expect(foreign.url()).not.toContain("token");
});

test("a session that has ended while its page was open says so there, and leads on", async () => {
  const page = await browser.open(await link(8));
  const next = page.getByRole("button", { name: "Get a new link" });
  await next.waitFor({ timeout: 20_000 });
  provider.issue = () => token(600);
  await next.click();
  await page.getByRole("heading", { name: "This does not continue your session" }).waitFor();
});

test("a link that is over leads to the provider's page", async () => {
  const page = await browser.open(await link(-60));
  await page.getByRole("heading", { name: "This link has expired" }).waitFor();
  await page.screenshot({ path: new URL("expired-link.png", ARTIFACTS).pathname });
  expect(await page.getByRole("link", { name: "Get a new link" }).getAttribute("href")).toBe(provider.url);
});

test("without the setting no page of a controller's has the script", async () => {
  await using plain = await startStack();
  const page = await browser.open(`${plain.edge.url}/gpsession?token=${await plain.token({ port: plain.bmc.port })}`);
  await page.getByLabel("User name").waitFor();
  expect(await page.locator("script[src*=sallyport]").count()).toBe(0);
});
