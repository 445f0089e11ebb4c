import { networkContains, parseAddress } from "@sallyport/shared";
import type { Case, Finding } from "./finding.ts";

/** NIST SP 800-57: less is no longer thought safe. */
const LEAST_RSA_BITS = 2048;

export function tlsFindings(one: Case): Finding[] {
  return [...versionFindings(one), ...caFindings(one), ...certificateFindings(one)];
}

function versionFindings({ seen, settings }: Case): Finding[] {
  const { tls, address, platform } = seen;
  if (tls.accepted === "as-is") return [];
  const why = `Its TLS is too old or too weak for the gateway as it stands (${tls.versions.join(", ")}; ${tls.fault})`;
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

function caFindings({ seen: { tls } }: Case): Finding[] {
  if (tls.ofCa !== false) return [];
  return [
    {
      code: "not-of-ca",
      severity: "breaks",
      text: "Its certificate is not of CONTROLLER_CA, not for this address, or not valid today: sessions without a pin are refused.",
      setting: `claim spki: ["${tls.certificate.pin}"], or a certificate of that CA on the controller`,
    },
  ];
}

function certificateFindings({ seen: { tls }, now }: Case): Finding[] {
  const { key, pin, signature, validFrom, validTo } = tls.certificate;
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
    setting: `claim spki: ["${pin}"]`,
  });
  return findings;
}
