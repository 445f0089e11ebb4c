import { networkContains, parseAddress } from "@sallyport/shared";
import type { Examination } from "./examination.ts";
import type { Case, Finding } from "./finding.ts";
import type { TlsFacts } from "./tls.ts";

/** NIST SP 800-57: less is no longer thought safe. */
const LEAST_RSA_BITS = 2048;

export function tlsFindings(one: Case): Finding[] {
  return [...portTlsFindings(one, { tls: one.seen.tls, its: "Its" }), ...certificateFindings(one)];
}

/** One port's TLS, and how a sentence about it begins. */
export interface PortTls {
  readonly tls: TlsFacts;
  readonly its: string;
}

/** Whether the gateway gets a connection to this port at all. */
export function portTlsFindings(one: Case, seen: PortTls): Finding[] {
  return [...versionFindings(one, seen), ...caFindings(one, seen)];
}

function versionFindings({ seen, settings }: Case, { tls, its }: PortTls): Finding[] {
  const { address, platform } = seen;
  if (tls.accepted === "as-is") return [];
  const why = `${its} TLS is too old or too weak for the gateway as it stands (${tls.versions.join(", ")}; ${tls.fault})`;
  if (tls.accepted === "never") {
    const text = `${why}, and LEGACY_TLS does not help. Newer firmware or another certificate may.`;
    return [{ code: "tls-unusable", severity: "breaks", text }];
  }
  if (!platform.platform.legacyTls) {
    const text = `${why}, which this family's rules do not take. Newer firmware does without.`;
    const setting = `LEGACY_TLS with ${address}, and claim platform: "generic"`;
    return [{ code: "tls-old", severity: "breaks", text, setting }];
  }
  const parsed = parseAddress(address);
  const listed = parsed !== undefined && settings.legacyTls.some((network) => networkContains(network, parsed));
  if (listed) return [{ code: "tls-old", severity: "note", text: `${why}; LEGACY_TLS lists it, so it is taken.` }];
  return [
    { code: "tls-old", severity: "breaks", text: `${why}.`, setting: `LEGACY_TLS with ${address} or its network` },
  ];
}

function caFindings({ seen }: Case, { tls, its }: PortTls): Finding[] {
  if (tls.ofCa !== false) return [];
  return [
    {
      code: "not-of-ca",
      severity: "breaks",
      text: `${its} certificate is not of CONTROLLER_CA, not for this address, or not valid today: sessions without a pin are refused.`,
      setting: `${pinClaim(seen)}, or a certificate of that CA on the controller`,
    },
  ];
}

/** A token's pins hold for second ports, too: the claim names every key that is shown. */
function pinClaim({ tls, secondPorts }: Examination): string {
  const shown = [tls, ...secondPorts.flatMap((one) => one.tls ?? [])];
  const pins = new Set(shown.map(({ certificate }) => `"${certificate.pin}"`));
  return `claim spki: [${[...pins].join(", ")}]`;
}

function certificateFindings({ seen, now }: Case): Finding[] {
  const { key, signature, validFrom, validTo } = seen.tls.certificate;
  const findings: Finding[] = [];
  if (Date.parse(validTo) < now || Date.parse(validFrom) > now) {
    const text = `Its certificate is valid from ${validFrom} to ${validTo}. The gateway looks at that only under CONTROLLER_CA.`;
    findings.push({
      code: "certificate-dates",
      severity: "warning",
      text,
      setting: "a new certificate on the controller",
    });
  }
  if (key.bits !== undefined && key.type.startsWith("rsa") && key.bits < LEAST_RSA_BITS) {
    const text = `Its key has ${key.bits} bits, and ${LEAST_RSA_BITS} are the least that is safe: a pin of it proves little.`;
    findings.push({ code: "weak-key", severity: "warning", text, setting: "a new key on the controller" });
  }
  if (/sha1|md5/i.test(signature ?? "")) {
    const text = `Its certificate is signed with ${signature}, which can be forged. A pin does not rest on it.`;
    findings.push({ code: "weak-signature", severity: "note", text });
  }
  findings.push({
    code: "pin",
    severity: "note",
    text: "With its pin in the token, nobody else on the management network can stand in for it. Compare it with what the controller's own screen shows first.",
    setting: pinClaim(seen),
  });
  return findings;
}
