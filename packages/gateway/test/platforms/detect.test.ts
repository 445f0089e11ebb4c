import { describe, expect, test } from "vitest";
import { detectPlatform } from "../../src/platforms/detect.ts";
import { families } from "../../src/platforms/families.ts";
import { evidence } from "./support.ts";

const ROOT = '"@odata.id":"/redfish/v1/"';
const root = (members: string) => `{${ROOT}${members === "" ? "" : `,${members}`}}`;

/** Detects by these answers; a path that is not among them gives none. */
async function detect(answers: Parameters<typeof evidence>[0]) {
  const known = evidence(answers);
  const asked: string[] = [];
  const { platform } = await detectPlatform(async (path) => {
    asked.push(path);
    return known.get(path);
  });
  return { name: platform.name, asked };
}

describe("a controller's family shows in what it answers", () => {
  test.each([
    ["idrac9", { "/redfish/v1": root('"Vendor":"Dell"'), "/sysmgmt/2015/bmc/info": '{"Attributes":{}}' }],
    ["idrac8", { "/redfish/v1": root('"Oem":{"Dell":{}}'), "/cgi-bin/discover": "ENDPOINTTYPE=iDRAC8" }],
    ["idrac8", { "/cgi-bin/discover": "<ENDPOINTTYPE>iDRAC7</ENDPOINTTYPE>" }],
    ["ilo", { "/redfish/v1": root('"Oem":{"Hpe":{}}') }],
    ["ilo", { "/redfish/v1/": root('"Oem":{"Hp":{}}'), "/redfish/v1": { status: 308, body: "" } }],
    ["ilo", { "/xmldata?item=All": "<?xml?><RIMP><HSI>" }],
    ["xcc", { "/redfish/v1/": root('"Oem":{"Lenovo":{}}') }],
    ["supermicro", { "/redfish/v1/": root('"Oem":{"Supermicro":{}}') }],
    ["supermicro", { "/": '<form action="/cgi/login.cgi">' }],
    ["supermicro", { "/": "<title>Super Micro Computer</title>" }],
    ["megarac", { "/redfish/v1/": root('"Oem":{"Ami":{}}') }],
    ["megarac", { "/redfish/v1/": root('"Vendor":"ASRockRack"') }],
    ["megarac", { "/redfish/v1": '{"Product":"AMI Redfish Server"}', "/api/randomtag": '{"random":1}' }],
    ["megarac-sp", { "/page/login.html": "<script>WEBVAR_USERNAME" }],
    ["openbmc", { "/redfish/v1": root('"RedfishVersion":"1.17.0"') }],
    ["openbmc", { "/redfish/v1": root('"Oem":{"OpenBmc":{}}') }],
    ["generic", {}],
    ["generic", { "/redfish/v1": root('"Vendor":"Huawei"') }],
    ["generic", { "/redfish/v1": "{}" }],
    ["generic", { "/redfish/v1": "[]", "/": "<html>Welcome", "/api/randomtag": { status: 404, body: "random" } }],
  ])("%s: %o", async (name, answers) => {
    expect((await detect(answers)).name).toBe(name);
  });

  test("a page that answers every path alike is of no family", async () => {
    const page = { status: 200, headers: new Map(), body: "<html><body>Please log in</body></html>" };
    const { platform } = await detectPlatform(async () => page);
    expect(platform.name).toBe("generic");
  });
});

test("nothing more is asked once it shows", async () => {
  expect((await detect({ "/redfish/v1": root('"Oem":{"Hpe":{}}') })).asked).toEqual(["/redfish/v1"]);
});

test("no path is asked for twice", async () => {
  const { asked } = await detect({});
  expect(asked).toEqual([...new Set(families.flatMap(({ probes }) => probes))]);
});

test("who cannot be asked is not asked on", async () => {
  let asked = 0;
  const unreachable = async () => {
    asked++;
    throw new TypeError("unreachable");
  };
  await expect(detectPlatform(unreachable)).rejects.toThrow("unreachable");
  expect(asked).toBe(1);
});
