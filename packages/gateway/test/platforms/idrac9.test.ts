import { describe, expect, test } from "vitest";
import { idrac9 } from "../../src/platforms/idrac9.ts";
import { edited, evidence, held, PASSAGE } from "./support.ts";

const TICKET = "/sysmgmt/2015/server/vconsole";
const ticket = (location: string, passage = {}) =>
  edited(idrac9, { path: TICKET, body: `{"Location":"${location}"}`, type: "application/json", passage });
const at = (address: string, port = 443) => {
  const target = { address, port, scheme: "https" as const };
  return { target, pages: target };
};

describe("the console's ticket", () => {
  test.each([
    [
      "names ours in place of the controller, in the URL and in its query",
      "https://10.0.0.7:443/restgui/vconsole/index.html?ip=10.0.0.7&kvmport=443&title=x&VCSID=1&VCSID2=2",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443&title=x&VCSID=1&VCSID2=2",
      {},
    ],
    [
      "without a port",
      "https://10.0.0.7/restgui/vconsole/index.html?ip=10.0.0.7&kvmport=443",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443",
      {},
    ],
    [
      "with a console on port 5900: the page's script finds the way there",
      "https://10.0.0.7:443/restgui/vconsole/index.html?ip=10.0.0.7&kvmport=5900&VCSID=1",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=5900&VCSID=1",
      {},
    ],
    [
      "with escaped slashes",
      "https:\\/\\/10.0.0.7:443\\/restgui\\/vconsole\\/index.html?ip=10.0.0.7&kvmport=443",
      "https:\\/\\/k7.example.test\\/restgui\\/vconsole\\/index.html?ip=k7.example.test&kvmport=443",
      {},
    ],
    [
      "of an IPv6 address",
      "https://[fd00::7]:443/restgui/vconsole/index.html?ip=[fd00::7]&kvmport=443",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443",
      at("fd00::7"),
    ],
    [
      "of an IPv6 address without brackets in the query",
      "https://[fd00::7]:443/restgui/vconsole/index.html?ip=fd00::7&kvmport=443",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443",
      at("fd00::7"),
    ],
    [
      "of an IPv6 address that is escaped in the query",
      "https://[fd00::7]:443/restgui/vconsole/index.html?ip=%5Bfd00%3A%3A7%5D&kvmport=443",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443",
      at("fd00::7"),
    ],
    [
      "of pages on another port",
      "https://10.0.0.7:8443/restgui/vconsole/index.html?ip=10.0.0.7&kvmport=8443",
      "https://k7.example.test/restgui/vconsole/index.html?ip=k7.example.test&kvmport=443",
      at("10.0.0.7", 8443),
    ],
    [
      "seen through a public port",
      "https://10.0.0.7:443/restgui/vconsole/index.html?ip=10.0.0.7&kvmport=443",
      "https://k7.example.test:8443/restgui/vconsole/index.html?ip=k7.example.test&kvmport=8443",
      { publicOrigin: "https://k7.example.test:8443" },
    ],
    ["of a controller without a licence is empty", "", "", {}],
  ])("%s", (_, location, expected, passage) => {
    expect(ticket(location, passage)).toBe(`{"Location":"${expected}"}`);
  });

  test.each([
    ["an address that only begins alike", "https://10.0.0.70:443/x?ip=10.0.0.70&kvmport=443"],
    ["a name that begins like the address", "https://10.0.0.7.example.test/x?ip=10.0.0.7.example.test"],
    ["another address", "https://10.0.0.8/x?ip=10.0.0.8"],
  ])("leaves alone %s", (_, location) => {
    expect(ticket(location)).toContain(location);
  });

  test("is edited where it was given only, and nowhere else", () => {
    const body = '{"Location":"https://10.0.0.7/"}';
    expect(edited(idrac9, { path: TICKET, body, type: "application/json", status: 401 })).toBeUndefined();
    expect(edited(idrac9, { path: "/sysmgmt/2015/server/other", body, type: "application/json" })).toBeUndefined();
  });
});

describe("a console's page", () => {
  const SCRIPT = '<script src="/.sallyport/sockets.js" data-ports="5900"></script>';
  test.each([
    ["with a head", "<!DOCTYPE html><html><head><title>x", `<!DOCTYPE html><html><head>${SCRIPT}<title>x`],
    ["with a head that has attributes", '<html><HEAD lang="en"><script>', `<html><HEAD lang="en">${SCRIPT}<script>`],
    ["without a head", '<html lang="en"><body>', `<html lang="en">${SCRIPT}<body>`],
    ["of frames", "<html><frameset cols='*'><frame src=a>", `<html>${SCRIPT}<frameset cols='*'><frame src=a>`],
    ["without any of it", "<!doctype html><p>x", `<!doctype html>${SCRIPT}<p>x`],
    ["that is a piece", "<p>x", `${SCRIPT}<p>x`],
    ["with a header and no head", "<html><header>x", `<html>${SCRIPT}<header>x`],
  ])("%s leads its sockets on before any script of its own", (_, body, expected) => {
    expect(edited(idrac9, { path: "/restgui/vconsole/index.html?ip=x", body })).toBe(expected);
  });

  test.each([
    ["a script", { path: "/restgui/vconsole/viewer.js", body: "<html>", type: "application/javascript" }],
    ["a page that is not found", { path: "/restgui/vconsole/index.html", body: "<html>", status: 404 }],
    ["another page", { path: "/restgui/start.html", body: "<html>" }],
    ["a query that names one", { path: "/restgui/start.html?next=console", body: "<html>" }],
  ])("%s is none", (_, page) => {
    expect(edited(idrac9, page)).toBeUndefined();
  });
});

describe("leaving", () => {
  test("takes the cookie and the token", () => {
    expect(idrac9.login?.logOut(held({ "-http-session-": "s::1" }, { "xsrf-token": "t" }))).toEqual({
      method: "DELETE",
      path: "/sysmgmt/2015/bmc/session",
      cookies: "-http-session-=s::1",
      headers: ["XSRF-TOKEN", "t"],
    });
    expect(idrac9.login?.logOut(held({ "-http-session-": "s::1" }))).toBeUndefined();
    expect(idrac9.login?.logOut(held({}, { "xsrf-token": "t" }))).toBeUndefined();
  });

  test.each([
    ["/vnc/vconsole?vck=1", [0xf7, 0x00, 0xf9]],
    ["/vmc/vconsole", [0xf7, 0x00, 0xf9]],
    ["/vnc/vmedia?vmk=1", undefined],
    ["/vnc/vconsole2", undefined],
    ["/x?/vnc/vconsole", undefined],
  ])("a socket at %s hears %j before it closes", (path, bytes) => {
    const farewell = idrac9.farewell?.(path);
    expect(farewell && [...farewell]).toEqual(bytes);
  });
});

test("what the log-in is made of goes on as it came", () => {
  const headers = ["user", '"root"', "password", '"calvin"', "XSRF-TOKEN", "t", "X-Auth-Token", "u"];
  expect(idrac9.requestHeaders({ ...PASSAGE, headers }).slice(2, 10)).toEqual(headers);
});

test.each([
  [
    "Dell by Redfish, and its page's information",
    { "/redfish/v1": '{"Vendor":"Dell"}', "/sysmgmt/2015/bmc/info": "{}" },
    true,
  ],
  ["Dell by its extension", { "/redfish/v1": '{"Oem":{"Dell":{}}}', "/sysmgmt/2015/bmc/info": "{}" }, true],
  ["Dell alone", { "/redfish/v1": '{"Vendor":"Dell"}' }, false],
  [
    "Dell, and no such page",
    { "/redfish/v1": '{"Vendor":"Dell"}', "/sysmgmt/2015/bmc/info": { status: 404, body: "x" } },
    false,
  ],
  ["a page that answers everything", { "/redfish/v1": "<html>", "/sysmgmt/2015/bmc/info": "<html>" }, false],
])("%s", (_, answers, expected) => {
  expect(idrac9.recognise(evidence(answers))).toBe(expected);
});
