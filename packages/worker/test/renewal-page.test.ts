import type { Claims } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { isRenewalPage, renewalPage } from "../src/renewal-page.ts";

const ORIGIN = "https://k7f3-pm.example.com";
const claims = (renew?: string): Claims => ({ exp: 1, ip: "10.0.0.1", ...(renew === undefined ? {} : { renew }) });
const settings = { url: "https://portal.example.com/renew?lang=de", origins: ["https://eu.example.com"] };
const ANYWHERE = `${settings.url}&origin=${encodeURIComponent(ORIGIN)}`;

describe("the page that issues fresh tokens", () => {
  test("is the setting's, told for whom", () => {
    expect(renewalPage(settings, claims(), ORIGIN)).toBe(ANYWHERE);
  });

  test("is the claim's on an origin that is listed", () => {
    const page = renewalPage(settings, claims("https://eu.example.com/r?server=7"), ORIGIN);
    expect(page).toBe(`https://eu.example.com/r?server=7&origin=${encodeURIComponent(ORIGIN)}`);
  });

  test.each([
    "https://evil.example/r",
    "https://eu.example.com.evil.example/",
    "http://eu.example.com/r",
    "https://user@eu.example.com/r",
    "javascript:alert(1)",
    "nonsense",
  ])("is not the claim's where that is %s", (renew) => {
    expect(renewalPage(settings, claims(renew), ORIGIN)).toBe(ANYWHERE);
    expect(renewalPage({ ...settings, url: undefined }, claims(renew), ORIGIN)).toBeUndefined();
  });

  test("holds no credentials and goes by https", () => {
    const shown = ["https://a.example/", "http://a.example/", "https://u:p@a.example/", "/renew"];
    expect(shown.map(isRenewalPage)).toEqual([true, false, false, false]);
  });
});
