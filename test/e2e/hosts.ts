import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { type Browser, startBrowser } from "../support/browser.ts";
import { type Certificate, makeAuthority } from "../support/certificates.ts";
import { type Edge, type EdgeOptions, startEdge } from "../support/edge.ts";
import { type Origin, type Received, startOrigin } from "../support/origin.ts";
import { mintToken, TEST_SECRET } from "../support/tokens.ts";

/** Two customers' hosts, as a wildcard route has them; a provider's portal beside them; and two others' sites. */
export const NAMES = {
  one: "k7.pm.example.test",
  two: "k8.pm.example.test",
  portal: "portal.example.test",
  farPortal: "portal.far.test",
  evil: "evil.test",
} as const;

export interface Hosts extends AsyncDisposable {
  readonly edge: Edge;
  /** The recording server in the gateway's place. Each controller's `/` is a page that names its address. */
  readonly origin: Origin;
  readonly browser: Browser;
  /** The edge under one of the customers' names. */
  customer(name: "one" | "two"): string;
  /** A page of another site's: what is its markup. */
  elsewhere(name: "portal" | "farPortal" | "evil", markup?: string): string;
  link(name: "one" | "two", claims?: Parameters<typeof mintToken>[0]): Promise<string>;
  token(claims?: Parameters<typeof mintToken>[0]): Promise<string>;
}

export const ADDRESS = "10.20.3.7";

/** An edge with https and names, and a Chromium that takes them all for this machine. */
export async function startHosts(vars: EdgeOptions["vars"] = {}): Promise<Hosts> {
  await using undo = new AsyncDisposableStack();
  const certificate = await (await makeAuthority()).issue({ names: Object.values(NAMES) });
  const origin = undo.use(await startOrigin({ answer: answerAsController }));
  const sites = await startSites(certificate);
  undo.defer(() => sites.close());
  const portals = [NAMES.portal, NAMES.farPortal].map((name) => `https://${name}:${sites.port}`);
  const edge = undo.use(
    await startEdge({
      ca: origin.ca,
      tls: certificate,
      vars: {
        JWT_SECRET: TEST_SECRET,
        PROXY_PORT: String(origin.port),
        PORTAL_ORIGINS: portals.join(","),
        ...vars,
      },
    }),
  );
  const hosts = Object.fromEntries(Object.values(NAMES).map((name) => [name, "127.0.0.1"]));
  const browser = undo.use(await startBrowser({ hosts, trustedKeys: [certificate.pin] }));
  const parts = undo.move();
  const token: Hosts["token"] = (claims = {}) => mintToken({ ip: ADDRESS, sub: "a", ...claims });
  const customer: Hosts["customer"] = (name) => `https://${NAMES[name]}:${edge.port}`;
  return {
    edge,
    origin,
    browser,
    token,
    customer,
    elsewhere: (name, markup = "<h1>elsewhere</h1>") =>
      `https://${NAMES[name]}:${sites.port}/?${new URLSearchParams({ markup })}`,
    link: async (name, claims) => `${customer(name)}/gpsession?token=${await token(claims)}`,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Does what the edge asks of a gateway, and is a controller with a log-in cookie. */
function answerAsController({ method, url, headers }: Received, response: Parameters<AnswerOf>[1]): void {
  if (method === "POST" && url.startsWith("/gpsession")) {
    response.writeHead(204).end();
    return;
  }
  const ip = String(headers["x-pm-host"]);
  if (url.endsWith(".js")) {
    response.writeHead(200, { "content-type": "text/javascript" }).end("/* a script */");
    return;
  }
  response.writeHead(200, { "content-type": "text/html", "set-cookie": `SID=${ip}; Path=/; Secure` });
  response.end(`<!doctype html><title>controller</title><h1>${ip}</h1>`);
}
type AnswerOf = NonNullable<NonNullable<Parameters<typeof startOrigin>[0]>["answer"]>;

/** Other people's pages: what the query says, with a cookie of the whole registrable domain, as portals have. */
async function startSites({ cert, key }: Certificate): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer({ cert, key }, ({ url, headers }, response) => {
    const markup = new URL(url ?? "/", "https://site").searchParams.get("markup") ?? "";
    const domain = (headers.host ?? "").replace(/:.*/, "").split(".").slice(1).join(".");
    const cookie = domain.includes(".") ? { "set-cookie": `portal=1; Domain=${domain}; Path=/; Secure` } : {};
    response.writeHead(200, { "content-type": "text/html", ...cookie }).end(`<!doctype html><body>${markup}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Every address that Back and Forward lead to. */
export async function historyOf(page: Page): Promise<readonly string[]> {
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  await session.detach();
  return entries.map(({ url }) => url);
}
