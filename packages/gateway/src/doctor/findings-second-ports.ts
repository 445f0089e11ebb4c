import type { SecondPortFacts } from "./examination.ts";
import type { Case, Finding } from "./finding.ts";
import { portTlsFindings } from "./findings-tls.ts";

/** Of the ports beside the pages' own that the family has: whether visitors reach them, and what that takes. */
export function secondPortFindings(one: Case): Finding[] {
  const { secondPorts, platform } = one.seen;
  return platform.platform.secondPorts.flatMap((port) => {
    const open = secondPorts.find((facts) => facts.port === port);
    const findings = open ? openFindings(one, open) : [closed(port)];
    return findings.map((finding) => ({ ...finding, port }));
  });
}

function closed(port: number): Finding {
  const text = `Of this family some have a console or media on port ${port}, which is not open here: where its pages want it, it is switched off or a firewall is between.`;
  return { code: "second-port-closed", severity: "note", text };
}

function openFindings(one: Case, { port, tls }: SecondPortFacts): Finding[] {
  const { seen } = one;
  if (!tls) {
    const text = `Port ${port} is open and speaks no TLS: visitors do not reach it. Something else may listen there, or it hangs.`;
    return [{ code: "second-port-no-tls", severity: "warning", text }];
  }
  const own = tls.certificate.pin === seen.tls.certificate.pin;
  const key = own ? "" : " It shows a key of its own: a token with a pin must name both.";
  const opens: Finding = {
    code: "second-port",
    severity: "note",
    text: `Its console or media is on port ${port}, which visitors reach through ours. A token without \`port\` and \`ports\` opens it.${key}`,
    setting: `claim ports: [${seen.port}, ${port}] in tokens that name ports`,
  };
  return [opens, ...portTlsFindings(one, { tls, its: `On port ${port} its` })];
}
