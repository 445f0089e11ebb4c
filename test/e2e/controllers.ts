import type { Page } from "playwright-core";
import type { Controller } from "../emulators/core/controller.ts";
import { type Browser, startBrowser } from "../support/browser.ts";
import { makeAuthority } from "../support/certificates.ts";
import { type Edge, startEdge } from "../support/edge.ts";
import { startTestGateway, type TestGateway, type TestGatewayOptions } from "../support/gateway.ts";
import { mintToken, TEST_SECRET } from "../support/tokens.ts";

/** Customers' hosts, as a wildcard route has them. */
export const HOSTS = { one: "k7f3-pm.example.test", two: "k8a1-pm.example.test" } as const;

/**
 * Where controllers have their pages: one number for all, each at an address of its own, so that a link need not name
 * ports and second ports can have the numbers that they have in the field.
 */
export const PAGES_PORT = 8443;

const EDGE_KEY = "an-edge-key-for-tests-of-at-least-32-bytes";

/** Edge and gateway for real, and a Chromium to which the customers' hosts lead there. */
export interface Site extends AsyncDisposable {
  readonly gateway: TestGateway;
  readonly edge: Edge;
  readonly browser: Browser;
  /** What pages complain of. */
  readonly faults: readonly string[];
  /** A link to this controller, whose pages are on `PAGES_PORT`. */
  link(controller: Linked, options?: LinkOptions): Promise<string>;
  /** Opens a link in a new tab, and waits for the controller's own page. */
  open(link: string): Promise<Page>;
}

export type Linked = Pick<Controller, "address">;

export interface LinkOptions {
  readonly host?: keyof typeof HOSTS;
  readonly claims?: Parameters<typeof mintToken>[0];
  /** Seconds. */
  readonly expiresIn?: number;
}

export async function startSite(options: TestGatewayOptions = {}): Promise<Site> {
  await using undo = new AsyncDisposableStack();
  const certificate = await (await makeAuthority()).issue({ names: Object.values(HOSTS) });
  const web = { edge: { keys: [EDGE_KEY], ca: undefined }, ...options.web };
  const gateway = undo.use(await startTestGateway({ targets: { targetPort: PAGES_PORT }, ...options, web }));
  const vars = { JWT_SECRET: TEST_SECRET, PROXY_PORT: String(gateway.port), PM_PORT: "443", EDGE_KEY };
  const edge = undo.use(await startEdge({ ca: gateway.ca, tls: certificate, vars }));
  const hosts = Object.fromEntries(Object.values(HOSTS).map((name) => [name, "127.0.0.1"]));
  const browser = undo.use(await startBrowser({ hosts, trustedKeys: [certificate.pin] }));
  const faults: string[] = [];
  browser.context.on("weberror", (error) => faults.push(error.error().message));
  browser.context.on("console", (message) => {
    if (message.type() === "error") faults.push(`${message.text()} ${message.location().url}`);
  });
  const parts = undo.move();
  return {
    gateway,
    edge,
    browser,
    faults,
    async link(controller, { host = "one", claims = {}, expiresIn = 600 } = {}) {
      const token = await mintToken({ ip: controller.address, ...claims }, { expiresIn });
      return `https://${HOSTS[host]}:${edge.port}/gpsession?token=${token}`;
    },
    async open(link) {
      const page = await browser.open(link);
      await page.waitForURL((url) => !url.pathname.startsWith("/gpsession"));
      return page;
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
