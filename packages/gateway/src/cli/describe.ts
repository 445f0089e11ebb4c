import type { Configuration, TcpConfiguration } from "../config/configuration.ts";

/** What a good configuration comes to, for a person to compare with what was meant. */
export function describeConfiguration(
  { web, tcp = [], admin, dataDir, drainSeconds, processes }: Configuration,
  certificate: string,
): string {
  const networks = web.targets.networks.map(({ address, prefix }) => formatNetwork(address.bytes, prefix)).join(", ");
  const rows = [
    ["web", `${web.listen.host}:${web.listen.port}`],
    ["certificate", certificate],
    ["tokens", `${web.token.algorithms.join(", ")} in the cookie ${web.token.cookie}`],
    ["targets", `${networks}; ports ${web.targets.ports.join(", ")}; ${web.targets.targetPort} where nobody names one`],
    [
      "edge",
      web.edge.keys.length > 0 ? "signs each request" : web.edge.ca ? "shows a client certificate" : "is not proven",
    ],
    [
      "controllers",
      web.controllers.ca ? "show a certificate of the operator's CA, or a pinned key" : "show a pinned key, or any",
    ],
    ...tcp.map(describeListener),
    ["admin", `${admin.listen.host}:${admin.listen.port}`],
    ["data", dataDir],
    ["drain", `${drainSeconds} s`],
    ["processes", String(processes)],
  ] as const;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}\n`);
  return `The configuration is good.\n${lines.join("")}`;
}

function describeListener({ name, listen, authorizedGroups, upstreams }: TcpConfiguration): readonly [string, string] {
  const to = upstreams.map(({ host, port }) => `${host}:${port}`).join(", ");
  return ["tcp", `${name}: ${listen.host}:${listen.port} for ${authorizedGroups.join(", ")}, to ${to}`];
}

function formatNetwork(bytes: readonly number[], prefix: number): string {
  if (bytes.length === 4) return `${bytes.join(".")}/${prefix}`;
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return `${words.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::")}/${prefix}`;
}
