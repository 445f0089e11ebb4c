import type { Case, Finding } from "./finding.ts";

const NATIVE_PORTS: readonly number[] = [17990, 17988];
const VNC_PORT = 5901;

export function platformFindings(one: Case): Finding[] {
  return [...nameFindings(one), ...otherPortFindings(one)];
}

function nameFindings({ seen, settings }: Case): Finding[] {
  const { platform, sure } = seen.platform;
  const { address } = seen;
  if (sure === "none") return [unknown(settings.platform)];
  if (settings.platform !== undefined) {
    if (settings.platform === platform.name) return [];
    const text = `PLATFORMS says "${settings.platform}", and it answers as "${platform.name}": the wrong family's rules hold.`;
    return [
      { code: "platform-differs", severity: "breaks", text, setting: `PLATFORMS with ${address}=${platform.name}` },
    ];
  }
  const setting = `claim platform: "${platform.name}", or PLATFORMS with ${address}=${platform.name}`;
  if (!settings.detect) {
    const text = "DETECT_PLATFORMS is off and nothing says its family: the rules for unknown ones hold.";
    return [{ code: "platform-unsaid", severity: "breaks", text, setting }];
  }
  const doubt = sure === "exclusion" ? " It is known only by naming no vendor." : "";
  const text = `The gateway finds its family out by itself; naming it spares the first visitor the wait.${doubt}`;
  return [{ code: "platform", severity: "note", text, setting }];
}

function unknown(set: string | undefined): Finding {
  if (set !== undefined) {
    return {
      code: "platform-unknown",
      severity: "note",
      text: `It answers like no family that is known; PLATFORMS says "${set}".`,
    };
  }
  return {
    code: "platform-unknown",
    severity: "warning",
    text: "It answers like no family that is known. The rules that hold for all are used; consoles on other ports are out of reach.",
    setting: "claim platform, or PLATFORMS, if you know what it is",
  };
}

function otherPortFindings({ seen }: Case): Finding[] {
  const open = new Set(seen.ports.filter(({ state }) => state === "open").map(({ port }) => port));
  const findings: Finding[] = [];
  const native = NATIVE_PORTS.filter((port) => open.has(port));
  if (native.length > 0) {
    const text = `${native.join(" and ")} are for consoles that are programs of their own: no browser reaches them, and the page's own console needs none.`;
    findings.push({ code: "native-console", severity: "note", text });
  }
  if (open.has(VNC_PORT)) {
    const text = `VNC listens on ${VNC_PORT}. Visitors do not reach it; close it if nobody else needs it.`;
    findings.push({ code: "vnc", severity: "note", text });
  }
  return findings;
}
