import { parseNetwork } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import type { Examination } from "../../src/doctor/examination.ts";
import type { GatewaySettings } from "../../src/doctor/finding.ts";
import { findingsOf } from "../../src/doctor/findings.ts";
import { platformNamed } from "../../src/platforms/families.ts";
import { generic } from "../../src/platforms/generic.ts";

const networks = (...texts: string[]) => texts.map(parseNetwork).filter((one) => one !== undefined);
const NOW = Date.parse("2026-06-01T00:00:00Z");

const TLS: Examination["tls"] = {
  versions: ["TLSv1.2"],
  accepted: "as-is",
  certificate: {
    ...{ subject: "CN=x", issuer: "CN=x", selfSigned: true, names: [], signature: "sha256WithRSAEncryption" },
    ...{ key: { type: "rsa", bits: 2048, curve: undefined }, pin: "PIN" },
    ...{ validFrom: "2026-01-01T00:00:00.000Z", validTo: "2027-01-01T00:00:00.000Z" },
  },
};
const HEALTHY: Examination = {
  address: "10.1.2.3",
  port: 443,
  ports: [{ port: 443, state: "open", use: "pages" }],
  tls: TLS,
  platform: { platform: platformNamed("ilo") ?? generic, sure: "names-itself", evidence: [] },
  secondPorts: [],
  http: { status: 200, page: "/", hostCheck: "off", quirks: [] },
};
const SETTINGS: GatewaySettings = {
  networks: networks("10.0.0.0/8"),
  ...{ ports: [443], targetPort: 443, legacyTls: [], platform: undefined, detect: true },
};

const family = (name: string): Examination["platform"] => ({
  platform: platformNamed(name) ?? generic,
  sure: name === "generic" ? "none" : "names-itself",
  evidence: [],
});
const open = (...ports: number[]): Examination["ports"] =>
  [443, ...ports].map((port) => ({ port, state: "open", use: "" }));

/** A console on a port of its own, its TLS like the pages' but for this. */
const consoleWith = (tls: Partial<Examination["tls"]>, port = 3900) => [{ port, tls: { ...TLS, ...tls } }];
const OLD = { accepted: "legacy", fault: "EPROTO" } as const;
const LISTED = { legacyTls: networks("10.1.0.0/16") };
const OLD_TLS = "breaks tls-old";
const NO_TLS = "warning second-port-no-tls";

function found(seen: Partial<Examination>, settings: Partial<GatewaySettings> = {}) {
  const findings = findingsOf({ seen: { ...HEALTHY, ...seen }, settings: { ...SETTINGS, ...settings }, now: NOW });
  return findings.map(({ severity, code }) => `${severity} ${code}`);
}

test("of one that is as it should be, only what is good to know", () => {
  expect(found({})).toEqual(["note pin", "note platform"]);
});

describe("what is seen asks for a setting", () => {
  const old = { ...TLS, ...OLD };
  const listed = LISTED;
  test.each<[string, Partial<Examination>, Partial<GatewaySettings>, string]>([
    ["an address outside", { address: "192.168.1.1" }, {}, "warning address-refused"],
    ["a port that no token opens", { port: 8443 }, {}, "warning port-refused"],
    ["old TLS", { tls: old }, {}, "breaks tls-old"],
    ["old TLS that is listed", { tls: old }, listed, "note tls-old"],
    ["old TLS of a family that has none", { tls: old, platform: family("idrac9") }, listed, "breaks tls-old"],
    ["TLS that no setting helps", { tls: { ...TLS, accepted: "never" } }, listed, "breaks tls-unusable"],
    ["another CA's certificate", { tls: { ...TLS, ofCa: false } }, {}, "breaks not-of-ca"],
    ["no family", { platform: family("generic") }, {}, "warning platform-unknown"],
    [
      "no family, but PLATFORMS names one",
      { platform: family("generic") },
      { platform: "xcc" },
      "note platform-unknown",
    ],
    ["another family than PLATFORMS says", {}, { platform: "xcc" }, "breaks platform-differs"],
    ["a family that nobody says", {}, { detect: false }, "breaks platform-unsaid"],
    ["a console on a second port", { platform: family("xcc"), secondPorts: consoleWith({}) }, {}, "note second-port"],
    ["a second port without TLS", { platform: family("xcc"), secondPorts: [{ port: 3900 }] }, {}, NO_TLS],
    [
      "a console with old TLS",
      { platform: family("idrac8"), secondPorts: consoleWith(OLD, 5900) },
      {},
      "breaks tls-old",
    ],
    ["... that is listed", { platform: family("idrac8"), secondPorts: consoleWith(OLD, 5900) }, LISTED, "note tls-old"],
    [
      "... of a family that has none",
      { platform: family("idrac9"), secondPorts: consoleWith(OLD, 5900) },
      LISTED,
      OLD_TLS,
    ],
    [
      "a console of no CA",
      { platform: family("xcc"), secondPorts: consoleWith({ ofCa: false }) },
      {},
      "breaks not-of-ca",
    ],
    ["a second port that is shut", { platform: family("xcc") }, {}, "note second-port-closed"],
    ["native consoles", { ports: open(17990) }, {}, "note native-console"],
    ["VNC", { ports: open(5901) }, {}, "note vnc"],
    ["no HTTP", { http: { ...HEALTHY.http, status: undefined } }, {}, "breaks no-http"],
    ["a page that is not ready", { http: { ...HEALTHY.http, status: 503 } }, {}, "warning busy"],
    ["odd lines", { http: { ...HEALTHY.http, quirks: ["lf-only"] } }, {}, "breaks lf-only"],
    ["harmless ways", { http: { ...HEALTHY.http, quirks: ["http-1.0"] } }, {}, "note http-1.0"],
    ["a check of Host", { http: { ...HEALTHY.http, hostCheck: "on" } }, {}, "note host-check"],
  ])("%s", (_, seen, settings, finding) => {
    expect(found(seen, settings)).toContain(finding);
  });

  test("odd lines of a family that is read leniently are only worth a note", () => {
    const http = { ...HEALTHY.http, quirks: ["lf-only", "cut-answers"] as const };
    expect(found({ http, platform: family("megarac-sp") })).toEqual(
      expect.arrayContaining(["note lf-only", "note cut-answers"]),
    );
  });
});

test.each([
  ["2025-01-01T00:00:00.000Z", "2026-05-31T00:00:00.000Z", true],
  ["2026-07-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", true],
  ["2026-05-31T00:00:00.000Z", "2026-06-02T00:00:00.000Z", false],
])("a certificate from %s to %s", (validFrom, validTo, odd) => {
  const certificate = { ...TLS.certificate, validFrom, validTo };
  expect(found({ tls: { ...TLS, certificate } }).includes("warning certificate-dates")).toBe(odd);
});

describe("the pin to put into tokens", () => {
  const settingOf = (secondPorts: Examination["secondPorts"]) =>
    findingsOf({ seen: { ...HEALTHY, platform: family("xcc"), secondPorts }, settings: SETTINGS, now: NOW }).find(
      ({ code }) => code === "pin",
    )?.setting;

  test("is one where the console shows the pages' key", () => {
    expect(settingOf(consoleWith({}))).toBe('claim spki: ["PIN"]');
    expect(settingOf([{ port: 3900 }])).toBe('claim spki: ["PIN"]');
  });

  test("are two where it has a key of its own", () => {
    const certificate = { ...TLS.certificate, pin: "OTHER" };
    expect(settingOf(consoleWith({ certificate }))).toBe('claim spki: ["PIN", "OTHER"]');
  });
});

test("the gravest comes first", () => {
  const severities = found({ address: "192.168.1.1", tls: { ...TLS, ofCa: false } }).map((one) => one.split(" ")[0]);
  expect(severities).toEqual(["breaks", "warning", "note", "note"]);
});
