import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ADDRESS, type Hosts, historyOf, startHosts } from "./hosts.ts";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await startHosts();
});
afterEach(() => hosts.browser.reset());
afterAll(() => hosts[Symbol.asyncDispose]());

/** The newest request for this path: browsers ask for icons meanwhile. */
const lastAt = (path: string) => hosts.origin.received.findLast(({ url }) => url === path);

const cookieNames = async (name: "one" | "two") =>
  (await hosts.browser.context.cookies(hosts.customer(name))).map((cookie) => cookie.name).sort();

/** A portal's page that posts the token, once somebody presses its button. */
async function postForm(name: "one" | "two", token: string): Promise<string> {
  return `<form method="post" action="${hosts.customer(name)}/gpsession"><input name="token" value="${token}"><button>Open</button></form>`;
}

describe("a link that is followed from another site", () => {
  test("leaves no token in the address bar, in the history or with the controller", async () => {
    const link = await hosts.link("one");
    const page = await hosts.browser.open(hosts.elsewhere("farPortal", `<a href="${link}">open</a>`));
    await page.getByRole("link").click();
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    expect(page.url()).toBe(`${hosts.customer("one")}/`);
    expect((await historyOf(page)).filter((url) => url.includes("token=ey"))).toEqual([]);
    expect(await page.evaluate(() => document.referrer)).toBe("");
    expect(lastAt("/")?.headers.referer).toBeUndefined();
    await page.goBack();
    expect(page.url()).toContain("portal.far.test");
  });

  test("P-07: sends the controller's SameSite=Strict cookies from the first page on", async () => {
    await hosts.browser.context.addCookies([
      { name: "XSRF", value: "1", url: hosts.customer("one"), sameSite: "Strict", secure: true },
    ]);
    const first = await hosts.browser.open(await hosts.link("one"));
    await first.getByRole("heading", { name: ADDRESS }).waitFor();
    await hosts.browser.context.addCookies([
      { name: "XSRF", value: "1", url: hosts.customer("one"), sameSite: "Strict", secure: true },
    ]);
    const link = await hosts.link("one");
    const page = await hosts.browser.open(hosts.elsewhere("farPortal", `<a href="${link}">open</a>`));
    await page.getByRole("link").click();
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    expect(lastAt("/")?.headers.cookie).toContain("XSRF=1");
  });
});

describe("a link for another controller on the same host", () => {
  test("takes the first one's cookies, and leaves the portal's and the sibling hosts' alone", async () => {
    const page = await hosts.browser.open(hosts.elsewhere("portal"));
    await page.goto(await hosts.link("two"));
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    await page.goto(await hosts.link("one"));
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    expect(await cookieNames("one")).toEqual(["SID", "__Host-pm-session", "__Host-pm-sid", "portal"]);
    const sibling = await hosts.browser.context.cookies(hosts.customer("two"));

    await page.goto(await hosts.link("one", { ip: "10.20.3.8" }));
    await page.getByRole("heading", { name: "Your earlier session here has ended" }).waitFor();
    expect(page.url()).toBe(`${hosts.customer("one")}/`);
    expect((await historyOf(page)).filter((url) => url.includes("token=ey"))).toEqual([]);
    expect(await cookieNames("one")).toEqual(["__Host-pm-old", "__Host-pm-session", "__Host-pm-sid", "portal"]);
    expect(await hosts.browser.context.cookies(hosts.customer("two"))).toEqual(sibling);

    await page.getByRole("link", { name: "Continue to the server" }).click();
    await page.getByRole("heading", { name: "10.20.3.8" }).waitFor();
    expect(await page.evaluate(() => document.referrer)).toBe("");
  });

  test("empties the first one's storage", async () => {
    const page = await hosts.browser.open(await hosts.link("one"));
    await page.getByRole("heading", { name: ADDRESS }).waitFor();
    await page.evaluate(() => localStorage.setItem("garc", "secret"));
    await page.goto(await hosts.link("one", { ip: "10.20.3.8" }));
    await page.getByRole("link", { name: "Continue to the server" }).click();
    await page.getByRole("heading", { name: "10.20.3.8" }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem("garc"))).toBeNull();
  });
});

describe("a portal's form", () => {
  test.each(["portal", "farPortal"] as const)(
    "from the %s opens the controller, no token in any address",
    async (name) => {
      const token = await hosts.token();
      const page = await hosts.browser.open(hosts.elsewhere(name, await postForm("one", token)));
      await page.getByRole("button").click();
      await page.getByRole("heading", { name: ADDRESS }).waitFor();
      expect(page.url()).toBe(`${hosts.customer("one")}/`);
      expect((await historyOf(page)).slice(1)).toEqual([
        expect.stringContaining("?markup="),
        `${hosts.customer("one")}/`,
      ]);
      expect(await page.evaluate(() => document.referrer)).toBe("");
    },
  );

  test("on another site ends the earlier session, although the browser sends no cookies with it", async () => {
    const first = await hosts.browser.open(await hosts.link("one"));
    await first.getByRole("heading", { name: ADDRESS }).waitFor();
    const token = await hosts.token({ ip: "10.20.3.8" });
    const page = await hosts.browser.open(hosts.elsewhere("farPortal", await postForm("one", token)));
    await page.getByRole("button").click();
    await page.getByRole("heading", { name: "Your earlier session here has ended" }).waitFor();
    expect(lastAt("/gpsession/end?reason=replaced")?.headers["x-pm-host"]).toBe(ADDRESS);
    expect(await cookieNames("one")).toEqual(["__Host-pm-old", "__Host-pm-session", "__Host-pm-sid"]);
  });

  test("of a site that is not listed opens nothing", async () => {
    const token = await hosts.token();
    const page = await hosts.browser.open(hosts.elsewhere("evil", await postForm("one", token)));
    await page.getByRole("button").click();
    await page.getByRole("heading", { name: "Not allowed" }).waitFor();
    expect(await cookieNames("one")).toEqual([]);
  });
});
