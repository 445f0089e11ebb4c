import { describe, expect, test } from "vitest";
import { clearController, clearSession, fitsCookie, setSession } from "../src/session-cookies.ts";

describe("the session's cookies", () => {
  test("live as long as the token, for this host alone, and out of scripts' reach", () => {
    const headers = new Headers();
    setSession(headers, { name: "pm-session", token: "t", sessionId: "s", remaining: 59.9 });
    expect(headers.getSetCookie()).toEqual([
      "pm-session=t; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=59",
      "__Host-pm-sid=s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=59",
    ]);
  });

  test("go with the session", () => {
    const headers = new Headers();
    clearSession(headers, "pm-session");
    expect(headers.getSetCookie().every((text) => text.endsWith("Max-Age=0"))).toBe(true);
  });

  test("hold 4,096 bytes of name and value, as browsers count", () => {
    expect(fitsCookie("abcd", "x".repeat(4092))).toBe(true);
    expect(fitsCookie("abcd", "x".repeat(4093))).toBe(false);
  });
});

test("an earlier controller's cookies are expired once each, odd and own names left alone", () => {
  const cookie =
    "SID=1; SID=2; -http-session-=1; __Host-pm-session=1; pm-session=2; __Host-pm-sid=1; a b=1; =1; acme=3";
  const headers = new Headers();
  clearController(headers, new Request("https://k7.example.test", { headers: { cookie } }), "acme");
  expect(headers.getSetCookie()).toEqual([
    "SID=; Path=/; Secure; Max-Age=0",
    "-http-session-=; Path=/; Secure; Max-Age=0",
  ]);
  expect(headers.get("clear-site-data")).toBe('"cache", "storage"');
});

test("what stays in the browser is marked, so that no controller is shown it", () => {
  const headers = new Headers();
  const cookie = "portal=a-secret-of-the-portal; lang=en; __Host-pm-sid=0123456789";
  clearController(headers, new Request("https://k7.example.test", { headers: { cookie } }), "pm-session");
  const marks = headers.getSetCookie().at(-1) ?? "";
  expect(marks).toMatch(/^__Host-pm-old=[0-9a-z]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=34560000$/);
  expect(marks).not.toContain("secret");
});

test("marks of an earlier session go where there is nothing to mark", () => {
  const headers = new Headers();
  const cookie = "lang=en; __Host-pm-old=abc";
  clearController(headers, new Request("https://k7.example.test", { headers: { cookie } }), "pm-session");
  expect(headers.getSetCookie()).toContain("__Host-pm-old=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
});
