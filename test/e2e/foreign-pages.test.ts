import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ADDRESS, type Hosts, NAMES, startHosts } from "./hosts.ts";

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

/** How a WebSocket that a page opens comes out. */
function openSocket(page: Page, url: string): Promise<string> {
  return page.evaluate(
    (address) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      }),
    url,
  );
}

const socketUrl = () => `${hosts.customer("one").replace("https", "wss")}/kvm/0`;
const requestsFor = (path: string) => hosts.origin.received.filter(({ url }) => url.includes(path)).length;

/** Pages of others, one that no Lax cookie goes along with and one of a sibling host, where all of them do. */
const others: [string, () => Promise<Page>][] = [
  ["another site's page", () => hosts.browser.open(hosts.elsewhere("evil"))],
  ["the portal's page, which is same-site", () => hosts.browser.open(hosts.elsewhere("portal"))],
  ["a sibling customer's controller, which is same-site", openSibling],
];

async function openSibling(): Promise<Page> {
  const page = await hosts.browser.open(await hosts.link("two", { ip: "10.20.3.9", sub: "b" }));
  await page.getByRole("heading", { name: "10.20.3.9" }).waitFor();
  return page;
}

test("the session's own page opens WebSockets and posts", async () => {
  const page = await hosts.browser.open(`${hosts.customer("one")}/`);
  expect(await openSocket(page, socketUrl())).toBe("open");
  const status = await page.evaluate(async () => (await fetch("/own-post", { method: "POST", body: "x" })).status);
  expect([status, requestsFor("/own-post")]).toEqual([200, 1]);
});

describe.each(others)("%s", (_, open) => {
  test("cannot open the session's WebSockets", async () => {
    const page = await open();
    const before = requestsFor("/kvm/0");
    expect(await openSocket(page, socketUrl())).toBe("refused");
    expect(requestsFor("/kvm/0")).toBe(before);
  });

  test("cannot post to the controller, by script or by form", async () => {
    const page = await open();
    const target = `${hosts.customer("one")}/power-off`;
    await page.evaluate(async (url) => {
      await fetch(url, { method: "POST", mode: "no-cors", credentials: "include", body: "x" });
    }, target);
    await page.evaluate((url) => {
      document.body.innerHTML = `<form method="post" action="${url}"><button>go</button></form>`;
    }, target);
    await page.getByRole("button").click();
    await page.getByRole("heading", { name: /Not allowed|Open your link first/ }).waitFor();
    expect(requestsFor("/power-off")).toBe(0);
  });

  test("cannot load the controller's pictures, nor end or renew the session", async () => {
    const page = await open();
    const loaded = await page.evaluate(
      (url) =>
        new Promise<string>((resolve) => {
          const image = new Image();
          image.onload = () => resolve("loaded");
          image.onerror = () => resolve("refused");
          image.src = url;
        }),
      `${hosts.customer("one")}/capconsole/scapture0.png`,
    );
    await page.evaluate(async (url) => {
      for (const path of ["/gpsession", "/gpsession/end"]) {
        await fetch(url + path, { method: "POST", mode: "no-cors", credentials: "include" });
      }
    }, hosts.customer("one"));
    expect(loaded).toBe("refused");
    expect([requestsFor("/capconsole"), requestsFor("/gpsession")]).toEqual([0, 0]);
  });
});

describe("a sibling host that sets cookies of our names for all its siblings", () => {
  test("locks no customer out, and gives nobody another session", async () => {
    const sibling = await openSibling();
    const other = await hosts.token({ ip: "10.20.3.9", sub: "b" });
    await sibling.evaluate(
      ({ token, domain }) => {
        const names = ["__Host-pm-session", "pm-session", "__Host-pm-sid"];
        for (const name of names) {
          // biome-ignore lint/suspicious/noDocumentCookie: a hostile page would do no less
          document.cookie = `${name}=${token}; Domain=${domain}; Path=/; Secure`;
        }
      },
      { token: other, domain: "pm.example.test" },
    );
    const tossed = (await hosts.browser.context.cookies(hosts.customer("one"))).filter(
      ({ domain }) => domain === ".pm.example.test",
    );
    expect(tossed.map(({ name }) => name)).toEqual(["pm-session"]);
    const page = await hosts.browser.open(`${hosts.customer("one")}/`);
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    const received = hosts.origin.received.findLast(({ headers }) => headers["x-pm-host"] === ADDRESS);
    expect(received?.headers.cookie?.split("pm-session=")).toHaveLength(2);
    expect(received?.headers.cookie).not.toContain(other);
  });
});

test("a refusal in a frame of the session's own page can be read there", async () => {
  const page = await hosts.browser.open(`${hosts.customer("one")}/`);
  await hosts.browser.context.clearCookies({ name: "__Host-pm-session", domain: NAMES.one });
  await page.evaluate(() => {
    document.body.innerHTML = '<iframe name="inner" src="/console.html"></iframe>';
  });
  await page.frameLocator("iframe").getByRole("heading", { name: "Open your link first" }).waitFor();
});
