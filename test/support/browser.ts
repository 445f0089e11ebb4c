// What tests and the demo need besides the product itself: certificates, a browser, real screens, Debian packages, a
// running edge and gateway. Whatever is started here is disposable and leaves nothing behind.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { ensureDebianPackages, findProgram } from "./packages.ts";

/** A Chromium of its own: no state shared with another, none left behind. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** A new tab. */
  open(url: string): Promise<Page>;
  /**
   * Closes every tab and forgets every cookie, so that a test that failed or hung leaves the next one nothing: what it
   * still waits for in a tab fails at once. For `afterEach`.
   */
  reset(): Promise<void>;
}

export interface BrowserOptions {
  /** Take any certificate, as a person who clicks through the warning does. Default: false, the certificate must be known. */
  readonly anyCertificate?: boolean;
  /** Names and the addresses they stand for, in place of DNS: `{"k7f3.example.test": "127.0.0.1"}`; a wildcard such as `*.example.test` too. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Pins (see `spkiPin`) of keys whose certificates are taken as valid. */
  readonly trustedKeys?: readonly string[];
  /** Window size in pixels. Default: 1280 × 800. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

/**
 * Milliseconds for one step of a page's: shorter than a test may take, so that a step that hangs fails by its own name
 * and the test still takes down what it started.
 */
const STEP_MS = 20_000;

/** What keeps Chromium from talking to anyone but the page under test. */
const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Debian's Chromium, headless, with a user data folder that goes with it. Installs it where it is missing and may be. */
export async function startBrowser(options: BrowserOptions = {}): Promise<Browser> {
  await ensureDebianPackages(["chromium"]);
  const executablePath = await findProgram("chromium");
  if (executablePath === undefined) throw new Error("chromium is installed, but not on PATH");
  const folder = await mkdtemp(join(tmpdir(), "sallyport-chromium-"));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath,
    headless: true,
    args: [...QUIET, "--no-sandbox", ...hostRules(options.hosts), ...keyRules(options.trustedKeys)],
    ignoreHTTPSErrors: options.anyCertificate ?? false,
    viewport: options.viewport ?? { width: 1280, height: 800 },
  });
  context.setDefaultTimeout(STEP_MS);
  return {
    context,
    reset: () => reset(context),
    open: async (url) => {
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function reset(context: BrowserContext): Promise<void> {
  await Promise.all(context.pages().map((page) => page.close()));
  await context.clearCookies();
}

function hostRules(hosts: BrowserOptions["hosts"] = {}): string[] {
  const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
  return rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(",")}`];
}

function keyRules(keys: BrowserOptions["trustedKeys"] = []): string[] {
  // Chromium wants the same digest in base64, not base64url.
  const digests = keys.map((pin) => Buffer.from(pin, "base64url").toString("base64"));
  return keys.length === 0 ? [] : [`--ignore-certificate-errors-spki-list=${digests.join(",")}`];
}
