import { readPair } from "../certificates/files.ts";
import { CertificateError, pairWarnings } from "../certificates/pair.ts";
import type { Configuration } from "../config/configuration.ts";
import { type FileOption, readConfiguration } from "./configuration.ts";
import { Failure, type World } from "./environment.ts";

/** Says whether the gateway would start with this configuration, every fault at once, and what is doubtful. */
export async function check(world: World, options: FileOption): Promise<void> {
  const configuration = await readConfiguration(world, options);
  const { web } = configuration;
  if (web.edge.keys.length === 0 && web.edge.ca === undefined) {
    world.err(
      "warning: neither EDGE_KEY nor EDGE_CA is set: only the firewall keeps callers out that go around the edge\n",
    );
  }
  const certificate = await describeCertificate(world, configuration);
  world.out(describe(configuration, certificate));
}

async function describeCertificate(world: World, { web }: Configuration): Promise<string> {
  try {
    const pair = await readPair(web.tls);
    if (!pair) return "self-signed (none found); Cloudflare's encryption mode must be Full, not Full (strict)";
    for (const warning of pairWarnings(pair, Date.now())) world.err(`warning: ${warning}\n`);
    return `${web.tls.certPath}, valid until ${pair.leaf.validToDate.toISOString()}`;
  } catch (error) {
    if (error instanceof CertificateError)
      throw new Failure(`the certificate cannot be used:\n  ${error.faults.join("\n  ")}`);
    throw error;
  }
}

function describe({ web, admin, dataDir, drainSeconds, processes }: Configuration, certificate: string): string {
  const networks = web.targets.networks.map(({ address, prefix }) => formatNetwork(address.bytes, prefix)).join(", ");
  const rows = [
    ["web", `${web.listen.host}:${web.listen.port}`],
    ["certificate", certificate],
    ["tokens", `${web.token.algorithms.join(", ")} in the cookie ${web.token.cookie}`],
    ["targets", `${networks}, ports ${web.targets.ports.join(", ")}, ${web.targets.targetPort} where nobody names one`],
    [
      "edge",
      web.edge.keys.length > 0 ? "signs each request" : web.edge.ca ? "shows a client certificate" : "is not proven",
    ],
    [
      "controllers",
      web.controllers.ca ? "show a certificate of the operator's CA, or a pinned key" : "show a pinned key, or any",
    ],
    ["admin", `${admin.listen.host}:${admin.listen.port}`],
    ["data", dataDir],
    ["drain", `${drainSeconds} s`],
    ["processes", String(processes)],
  ] as const;
  const lines = rows.map(([name, value]) => `  ${name.padEnd(12)} ${value}\n`);
  return `The configuration is good.\n${lines.join("")}`;
}

function formatNetwork(bytes: readonly number[], prefix: number): string {
  if (bytes.length === 4) return `${bytes.join(".")}/${prefix}`;
  const words = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return `${words.join(":").replace(/(?:^|:)0(?::0)+(?::|$)/, "::")}/${prefix}`;
}
