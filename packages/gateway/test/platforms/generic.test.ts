import { describe, expect, test } from "vitest";
import { generic } from "../../src/platforms/generic.ts";
import type { Passage } from "../../src/platforms/platform.ts";
import { PASSAGE } from "./support.ts";

const ASKED: Passage = {
  ...PASSAGE,
  hasOrigin: true,
  referer: "https://k7.example.test/page?x=1",
  cookies: "SID=1; -http-session-=2",
};

const request = (headers: string[], more: Partial<Passage> = {}) =>
  generic.requestHeaders({ ...ASKED, ...more, headers });
const response = (...headers: string[]) => generic.responseHeaders(ASKED, { status: 200, headers });

describe("towards the controller", () => {
  test("Host, Origin, Referer and cookies are its own", () => {
    expect(request([])).toEqual([
      ...[
        "Host",
        "10.0.0.7",
        "Accept-Encoding",
        "gzip",
        "Origin",
        "https://10.0.0.7",
        "Referer",
        "https://10.0.0.7/page?x=1",
      ],
      ...["Cookie", "SID=1; -http-session-=2"],
    ]);
  });

  test("a port that is not the scheme's stands in them", () => {
    const target = { address: "fd00::7", port: 8443, scheme: "https" as const };
    expect(request([], { target })).toContain("[fd00::7]:8443");
    expect(request([], { target, pages: target })).toContain("https://[fd00::7]:8443");
  });

  test("a socket on a second port names that port as Host, and the pages as Origin and Referer", () => {
    const target = { address: "10.0.0.7", port: 5900, scheme: "https" as const };
    expect(request([], { target, upgrade: true })).toEqual([
      ...["Host", "10.0.0.7:5900", "Accept-Encoding", "gzip", "Origin", "https://10.0.0.7"],
      ...["Referer", "https://10.0.0.7/page?x=1", "Cookie", "SID=1; -http-session-=2"],
    ]);
  });

  test("a foreign Referer is nobody's business", () => {
    for (const referer of ["https://evil.example.test/", "https://k7.example.test.evil.test/", undefined]) {
      expect(request([], { referer })).not.toContain("Referer");
    }
  });

  test.each([
    ...["X-PM-Host", "x-pm-anything", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "CF-Connecting-IP"],
    ...["cf-ray", "CDN-Loop", "True-Client-IP", "X-Real-IP", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade"],
    ...["Transfer-Encoding", "Proxy-Authorization", "Expect", "Early-Data", "Priority", "Host", "Origin", "Cookie"],
  ])("%s does not go on", (name) => {
    expect(request([name, "value-of-it"]).join("\n")).not.toContain("value-of-it");
  });

  test("what a Connection header lists is for the previous hop only", () => {
    const headers = ["X-Secret", "hop", "Connection", "close, X-Secret", "X-Kept", "end"];
    expect(request(headers).join("\n")).not.toContain("hop");
    expect(request(headers)).toContain("X-Kept");
  });

  test("the rest goes on in its own case and order, underscores too", () => {
    const headers = ["X-CSRFTOKEN", "a", "CSRF_TOKEN", "b", "user", '"root"', "ST2", "c", "Accept-Encoding", "gzip"];
    expect(request(headers).slice(2, 12)).toEqual(headers);
  });
});

describe("towards the browser", () => {
  test.each([
    ["Location", "https://10.0.0.7/login.html", "https://k7.example.test/login.html"],
    ["Location", "http://10.0.0.7:80/a?b=https://10.0.0.7", "https://k7.example.test/a?b=https://10.0.0.7"],
    ["Location", "https://10.0.0.7:443", "https://k7.example.test"],
    ["Location", "/relative", "/relative"],
    ["Location", "https://elsewhere.example.test/", "https://elsewhere.example.test/"],
    ["Location", "https://10.0.0.70/", "https://10.0.0.70/"],
    ["Content-Location", "//10.0.0.7/x", "https://k7.example.test/x"],
    ["Refresh", "5; url=https://10.0.0.7/x", "5; url=https://k7.example.test/x"],
    ["Link", '<https://10.0.0.7/a>; rel="x", </b>', '<https://k7.example.test/a>; rel="x", </b>'],
    ["Content-Security-Policy", "connect-src 'self' wss://10.0.0.7", "connect-src 'self' wss://k7.example.test"],
  ])("%s: %s", (name, value, mapped) => {
    expect(response(name, value)).toEqual([name, mapped]);
  });

  test.each([
    ["SID=1; Path=/; HttpOnly", "SID=1; Path=/; HttpOnly; Secure"],
    ["SID=1; Domain=example.test; Path=/", "SID=1; Path=/; Secure"],
    ["SID=1; domain=.example.test; secure", "SID=1; Secure"],
    ["-http-session-=a::b; path=/; secure; httponly", "-http-session-=a::b; path=/; httponly; Secure"],
  ])("Set-Cookie: %s", (value, mapped) => {
    expect(response("Set-Cookie", value)).toEqual(["Set-Cookie", mapped]);
  });

  test.each(["pm-session", "__Host-pm-session", "__Host-pm-sid"])("a cookie of our name (%s) is not set", (name) => {
    expect(response("Set-Cookie", `${name}=forged; Path=/`)).toEqual([]);
  });

  test("several cookies stay several", () => {
    expect(response("Set-Cookie", "a=1", "Set-Cookie", "b=2")).toEqual([
      "Set-Cookie",
      "a=1; Secure",
      "Set-Cookie",
      "b=2; Secure",
    ]);
  });

  test.each([
    ...["Strict-Transport-Security", "Public-Key-Pins", "Expect-CT", "Alt-Svc", "Server", "Via", "Clear-Site-Data"],
    ...["Service-Worker-Allowed", "NEL", "Report-To", "X-PM-Refusal", "X-PM-Request", "Connection", "Keep-Alive"],
    ...["Transfer-Encoding", "Upgrade", "Trailer", "Secure-Session-Registration", "Sec-Session-Registration"],
    ...["Secure-Session-Challenge", "Sec-Session-Challenge", "Use-As-Dictionary"],
  ])("%s of a controller does not speak for the provider", (name) => {
    expect(response(name, "x", "X-Language", "en")).toEqual(["X-Language", "en"]);
  });
});

test("what however many Connection headers list is for one hop, in this answer alone", () => {
  const many = Array.from({ length: 300 }, (_, at) => ["Connection", `X-${at}, Keep-Alive`]).flat();
  const values = ["X-0", "a", "X-1", "b", "X-299", "c", "X-300", "d"];
  expect(response(...many, ...values)).toEqual(["X-300", "d"]);
  expect(response("Connection", "X-0, Keep-Alive", ...values)).toEqual(values.slice(2));
});
