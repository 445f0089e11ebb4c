import { describe, expect, test } from "vitest";
import { ALIASES, FAMILIES, familyNamed } from "../../src/config/platform-names.ts";
import { families, platformNamed } from "../../src/platforms/families.ts";
import { generic } from "../../src/platforms/generic.ts";
import { idrac8 } from "../../src/platforms/idrac8.ts";
import { ilo } from "../../src/platforms/ilo.ts";
import { heldCookies } from "../../src/platforms/login.ts";
import { megarac } from "../../src/platforms/megarac.ts";
import { megaracSp } from "../../src/platforms/megarac-sp.ts";
import { openbmc } from "../../src/platforms/openbmc.ts";
import { supermicro } from "../../src/platforms/supermicro.ts";
import { xcc } from "../../src/platforms/xcc.ts";
import { edited, held, sent, shown } from "./support.ts";

const all = [...families, generic];

describe("names", () => {
  test("each family has one, and each name is a family's", () => {
    expect(all.map(({ name }) => name).sort()).toEqual([...FAMILIES].sort());
    expect(new Set(all.map(({ label }) => label)).size).toBe(all.length);
  });

  test.each(Object.entries(ALIASES))("%s is %s, in any case", (alias, family) => {
    expect(platformNamed(alias.toUpperCase())?.name).toBe(family);
  });

  test.each(["", "idrac", "ilo7", "constructor", "__proto__"])("%j is none", (name) => {
    expect([familyNamed(name), platformNamed(name)]).toEqual([undefined, undefined]);
  });
});

describe("what every controller gets, of every family", () => {
  test.each(all)("$name: its own Host and Origin, gzip asked for, nothing of ours", (platform) => {
    const passage = { hasOrigin: true, headers: ["X-PM-Host", "a", "CF-Ray", "b", "Accept-Encoding", "br"] };
    expect(sent(platform, "host", passage)).toBe("10.0.0.7");
    expect(sent(platform, "origin", passage)).toBe("https://10.0.0.7");
    expect(sent(platform, "accept-encoding", passage)).toBe("gzip");
    expect([sent(platform, "x-pm-host", passage), sent(platform, "cf-ray", passage)]).toEqual([undefined, undefined]);
  });

  test.each([
    ["megarac", "https://10.0.0.7"],
    ["supermicro", "https://10.0.0.7"],
    ["idrac9", undefined],
    ["openbmc", undefined],
  ])("%s: a socket whose client brought no Origin has %s", (name, origin) => {
    expect(sent(platformNamed(name) ?? generic, "origin", { upgrade: true })).toBe(origin);
    expect(sent(platformNamed(name) ?? generic, "origin")).toBeUndefined();
  });

  test.each(all)("$name: a Referer of its own where it asks for one", (platform) => {
    const asks = platform === supermicro || platform === xcc;
    expect(sent(platform, "referer")).toBe(asks ? "https://10.0.0.7/" : undefined);
    expect(sent(platform, "referer", { referer: "https://k7.example.test/a" })).toBe("https://10.0.0.7/a");
  });
});

describe("content types", () => {
  const typed = (platform: typeof generic, path: string, type: string) =>
    shown(platform, path, "content-type", ["Content-Type", type]);

  test.each([
    ["/js/app.jsesp", "text/html", "application/javascript"],
    ["/js/app.js?v=1", "application/x-gzip", "application/javascript"],
    ["/a.js", "text/plain", "application/javascript"],
    ["/a.css", "application/x-gzip", "text/css"],
    ["/a.PNG", "application/octet-stream", "image/png"],
    ["/start.html", "application/x-gzip", "text/html"],
    ["/start.html", "text/html; charset=utf-8", "text/html; charset=utf-8"],
    ["/data", "application/x-gzip", "application/x-gzip"],
    ["/firmware.gz", "application/x-gzip", "application/x-gzip"],
    ["/a.constructor", "application/x-gzip", "application/x-gzip"],
    ["/a.json", "text/xml", "text/xml"],
  ])("%s that comes as %s is %s for iDRAC8 and MegaRAC", (path, type, expected) => {
    expect(typed(idrac8, path, type)).toBe(expected);
    expect(typed(megarac, path, type)).toBe(expected);
    expect(typed(generic, path, type)).toBe(type);
  });

  test("an iDRAC8's scripts come as HTML: no browser may be told not to guess", () => {
    const headers = ["X-Content-Type-Options", "nosniff"];
    expect(shown(idrac8, "/", "x-content-type-options", headers)).toBeUndefined();
    expect(shown(openbmc, "/", "x-content-type-options", headers)).toBe("nosniff");
  });

  test("an underscore in an answer's header is kept", () => {
    expect(shown(idrac8, "/session", "x_language", ["X_Language", "en"])).toBe("en");
  });
});

describe("pages that open sockets on a second port", () => {
  const page = "<html><head></head>";
  test.each([
    [idrac8, "/viewer.html", "5900"],
    [idrac8, "/console?ST1=x", "5900"],
    [megarac, "/viewer.html", "9667"],
    [xcc, "/", "3900"],
  ] as const)("$name: %s", (platform, path, port) => {
    expect(edited(platform, { path, body: page })).toContain(`data-ports="${port}"></script></head>`);
  });

  test("as XHTML, too", () => {
    expect(edited(xcc, { path: "/", body: page, type: "application/xhtml+xml;charset=utf-8" })).toContain("data-ports");
  });

  test.each([
    [idrac8, "/login.html", "text/html"],
    [idrac8, "/viewer.jsesp", "application/javascript"],
    [megarac, "/api/kvm/token", "application/json"],
    [xcc, "/app.js", "application/javascript"],
  ] as const)("$name: %s is none", (platform, path, type) => {
    expect(edited(platform, { path, body: page, type })).toBeUndefined();
  });

  test("no family without a second port edits a body", () => {
    expect(all.filter(({ secondPorts, bodyEdit }) => secondPorts.length === 0 && bodyEdit)).toEqual([]);
  });
});

describe("log-outs", () => {
  test("name the cookies that are held, and no other", () => {
    expect(heldCookies(held({ a: "1", c: "" }), ["a", "b", "c"])).toBe("a=1; c=");
  });

  test.each([
    [
      idrac8,
      held({ "-http-session-": "s" }, { st2: "t" }),
      { method: "GET", path: "/data/logout", cookies: "-http-session-=s", headers: ["ST2", "t"] },
    ],
    [
      idrac8,
      held({ "-http-session-": "s" }),
      { method: "GET", path: "/data/logout", cookies: "-http-session-=s", headers: [] },
    ],
    [
      ilo,
      held({ sessionKey: 'k"7' }),
      {
        ...{ method: "POST", path: "/json/login_session", cookies: 'sessionKey=k"7' },
        ...{ headers: ["Content-Type", "application/json"], body: '{"method":"logout","session_key":"k\\"7"}' },
      },
    ],
    [
      megarac,
      held({ QSESSIONID: "q" }, { "x-csrftoken": "c" }),
      { method: "DELETE", path: "/api/session", cookies: "QSESSIONID=q", headers: ["X-CSRFTOKEN", "c"] },
    ],
    [
      megaracSp,
      held({ SessionCookie: "s" }, { csrftoken: "c" }),
      { method: "GET", path: "/rpc/WEBSES/logout.asp", cookies: "SessionCookie=s", headers: ["CSRFTOKEN", "c"] },
    ],
    [supermicro, held({ SID: "s" }), { method: "GET", path: "/cgi/logout.cgi", cookies: "SID=s", headers: [] }],
    [
      openbmc,
      held({ "BMCWEB-SESSION": "s", "XSRF-TOKEN": "x" }),
      {
        ...{ method: "POST", path: "/logout", cookies: "BMCWEB-SESSION=s; XSRF-TOKEN=x", body: "{}" },
        headers: ["X-XSRF-TOKEN", "x", "Content-Type", "application/json"],
      },
    ],
  ])("$name gives back what it holds", (platform, login, request) => {
    expect(platform.login?.logOut(login)).toEqual(request);
  });

  test.each(families.filter(({ login }) => login))("$name: nobody who holds nothing logs out", ({ login }) => {
    expect(login?.logOut(held({}))).toBeUndefined();
    expect(login?.logOut(held({}, Object.fromEntries(login.headers.map((name) => [name, "t"]))))).toBeUndefined();
  });

  test.each([
    [megarac, held({ QSESSIONID: "q" })],
    [openbmc, held({ "BMCWEB-SESSION": "s" })],
  ] as const)("$name: without its token there is no log-out that would be taken", (platform, login) => {
    expect(platform.login?.logOut(login)).toBeUndefined();
  });
});

test.each([supermicro, xcc])("a page of somebody else gets no Referer of the controller's", (platform) => {
  expect(sent(platform, "referer", { referer: "https://evil.test/page" })).toBeUndefined();
  expect(sent(platform, "referer")).toBe("https://10.0.0.7/");
});
