import type { Case, Finding } from "./finding.ts";
import { QUIRK_TEXT, UNREADABLE } from "./quirks.ts";

export function httpFindings(one: Case): Finding[] {
  return [...answerFindings(one), ...quirkFindings(one), ...hostFindings(one)];
}

function answerFindings({ seen: { http } }: Case): Finding[] {
  if (http.status === undefined) {
    const text = "It speaks TLS and gives no answer in HTTP. Is this its web page's port?";
    return [{ code: "no-http", severity: "breaks", text, setting: "claim port with the page's port" }];
  }
  if (http.status < 500) return [];
  const text = `Its first page answers ${http.status}: it may just be starting, or its sessions are used up. Look again; a restart of the controller gives sessions back.`;
  return [{ code: "busy", severity: "warning", text }];
}

function quirkFindings({ seen: { http, platform } }: Case): Finding[] {
  const { lenientHttp } = platform.platform;
  return http.quirks.map((quirk) => {
    const text = `It ${QUIRK_TEXT[quirk]}.`;
    if (!UNREADABLE.has(quirk)) return { code: quirk, severity: "note", text };
    if (lenientHttp) return { code: quirk, severity: "note", text: `${text} This family is read leniently.` };
    return {
      code: quirk,
      severity: "breaks",
      text: `${text} The gateway refuses such answers of this family.`,
      setting:
        'newer firmware; until then claim platform: "megarac-sp", which is read leniently, without this family\'s rules',
    };
  });
}

function hostFindings({ seen: { http } }: Case): Finding[] {
  if (http.hostCheck !== "on") return [];
  const text = "It refuses a foreign Host. The gateway always sends the controller's own; there is nothing to set.";
  return [{ code: "host-check", severity: "note", text }];
}
