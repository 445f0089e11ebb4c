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
