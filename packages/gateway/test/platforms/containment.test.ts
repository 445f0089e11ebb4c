import { describe, expect, test } from "vitest";
import { leadsAway } from "../../src/platforms/containment.ts";
import { generic } from "../../src/platforms/generic.ts";
import { PASSAGE } from "./support.ts";

const leads = (location: string, status = 302) => leadsAway({ status, headers: ["Location", location] }, PASSAGE);

describe("a redirection leads away", () => {
  test.each([
    "https://evil.example.test/",
    "http://evil.example.test",
    "//evil.example.test/x",
    "\\\\evil.example.test/x",
    "/\\evil.example.test",
    " https://evil.example.test/",
    "https://10.0.0.7@evil.example.test/",
    "https://10.0.0.70/",
    "https://10.0.0.7.evil.example.test/",
    "https:\\\\evil.example.test",
    "https://10.0.0.8/",
    "https://k7.example.test.evil.test/",
    "javascript:alert(1)",
    "data:text/html,x",
  ])("%s", (location) => {
    expect(leads(location)).toBeTypeOf("string");
  });
});

describe("a redirection stays", () => {
  test.each([
    "/start.html",
    "start.html?x=https://elsewhere.test/",
    "?x",
    "#top",
    "https://10.0.0.7/start.html",
    "https://10.0.0.7:443/start.html",
    "http://10.0.0.7:80/",
    "//10.0.0.7/x",
    "https://k7.example.test/x",
  ])("%s", (location) => {
    expect(leads(location)).toBeUndefined();
  });

  test("where the status is none, whatever the header says", () => {
    expect(leads("https://evil.example.test/", 201)).toBeUndefined();
  });
});

describe("a policy that names the controller names us", () => {
  const edited = (value: string) =>
    generic.responseHeaders(PASSAGE, { status: 200, headers: ["Content-Security-Policy", value] })[1];

  test.each([
    ["connect-src wss://10.0.0.7:5900 'self'", "connect-src wss://k7.example.test 'self'"],
    [
      "connect-src wss://10.0.0.7:*; default-src 10.0.0.7",
      "connect-src wss://k7.example.test; default-src https://k7.example.test",
    ],
    ["frame-src https://10.0.0.7/", "frame-src https://k7.example.test"],
    ["img-src https://10.0.0.70 10.0.0.7.test *", "img-src https://10.0.0.70 10.0.0.7.test *"],
    ["default-src 'none'", "default-src 'none'"],
  ])("%s", (value, expected) => {
    expect(edited(value)).toBe(expected);
  });
});
