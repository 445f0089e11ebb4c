import { addressInUrl } from "@sallyport/shared";
import type { CertificateFacts } from "./certificate.ts";
import type { Examination, SecondPortFacts } from "./examination.ts";
import type { Finding } from "./finding.ts";
import { QUIRK_TEXT } from "./quirks.ts";
import type { Sureness } from "./recognition.ts";
import type { TlsFacts } from "./tls.ts";

const SURENESS: Readonly<Record<Sureness, string>> = {
  "names-itself": "sure: it names itself",
  "own-page": "sure: it has a page that only this family has",
  exclusion: "likely: Redfish that names no vendor",
  none: "not recognised",
};

const HOST_CHECK = { on: "a foreign one is refused", off: "any is taken", unknown: "cannot be told" } as const;
const ACCEPTED = {
  "as-is": "taken as it stands",
  legacy: "taken with LEGACY_TLS only",
  never: "not taken by the gateway",
} as const;

/** No family shows to strangers how many log-ins or consoles are left; a log-in of our own would take one. */
const SLOTS = "not shown without a log-in";

/** The whole examination for a program: stable names, nothing that is no JSON. */
export function jsonReport({ platform, ...seen }: Examination, findings: readonly Finding[]): string {
  const { name, label } = platform.platform;
  const known = { name, label, sure: platform.sure, evidence: platform.evidence };
  return `${JSON.stringify({ ...seen, platform: known, slots: null, findings }, null, 2)}\n`;
}

/** The same for a person. */
export function textReport(seen: Examination, findings: readonly Finding[]): string {
  const { platform, tls, ports, http } = seen;
  const { certificate } = tls;
  const open = ports.filter(({ state }) => state === "open").map(({ port, use }) => `${port} (${use})`);
  const shut = ports.filter(({ state }) => state !== "open").map(({ port }) => port);
  const rows = [
    ["platform", `${platform.platform.label} (${platform.platform.name}), ${SURENESS[platform.sure]}`],
    ["TLS", describeTls(tls)],
    ["certificate", describeCertificate(certificate)],
    ["names", certificate.names.join(", ") || "none"],
    ["pin", certificate.pin],
    ["open ports", open.join(", ")],
    ...seen.secondPorts.map((one) => [`port ${one.port}`, describeSecondPort(one, tls)] as const),
    ["not open", shut.join(", ") || "none of those that are known"],
    ["Host", HOST_CHECK[http.hostCheck]],
    ["HTTP", http.quirks.map((quirk) => QUIRK_TEXT[quirk]).join("; ") || "nothing odd"],
    ["slots", SLOTS],
  ] as const;
  const head = `${addressInUrl(seen.address)}:${seen.port} answers.\n`;
  const facts = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}\n`).join("");
  return `${head}${facts}\n${findings.map(describeFinding).join("")}`;
}

function describeSecondPort({ tls }: SecondPortFacts, pages: TlsFacts): string {
  if (!tls) return "no TLS";
  const { pin } = tls.certificate;
  return `${describeTls(tls)}; ${pin === pages.certificate.pin ? "the pages' key" : `a key of its own, ${pin}`}`;
}

function describeTls({ versions, accepted, fault }: TlsFacts): string {
  return `${versions.join(", ")}; ${ACCEPTED[accepted]}${fault === undefined ? "" : ` (${fault})`}`;
}

function describeCertificate({ subject, issuer, selfSigned, key, signature, validTo }: CertificateFacts): string {
  const size = key.bits === undefined ? (key.curve ?? "") : `${key.bits} bits`;
  const by = selfSigned ? "self-signed" : `by ${issuer}`;
  return `${subject}, ${by}, ${key.type} ${size}, ${signature ?? "signature unknown"}, until ${validTo}`;
}

function describeFinding({ severity, text, setting }: Finding): string {
  const lines = [
    `${severity.padEnd(8)} ${text}\n`,
    ...(setting === undefined ? [] : [`${"".padEnd(8)} → ${setting}\n`]),
  ];
  return lines.join("");
}
