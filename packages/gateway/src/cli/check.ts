import { readPair } from "../certificates/files.ts";
import { readListenerFiles } from "../certificates/listener-files.ts";
import { CertificateError, pairWarnings } from "../certificates/pair.ts";
import type { CertificateFiles, TcpConfiguration } from "../config/configuration.ts";
import { formatFault } from "../config/fault.ts";
import { placeFault } from "../store/place.ts";
import { type FileOption, faultsFailure, tryConfiguration } from "./configuration.ts";
import { describeConfiguration } from "./describe.ts";
import type { World } from "./environment.ts";

/** Says whether the gateway would start with this configuration: every fault at once, and what is doubtful. */
export async function check(world: World, options: FileOption): Promise<void> {
  const loaded = await tryConfiguration(world, options);
  const good = "configuration" in loaded ? loaded.configuration : undefined;
  const files = "configuration" in loaded ? loaded.configuration.web.tls : loaded.certificate;
  const certificate = files ? await inspectCertificate(files) : { faults: [], warnings: [], text: "" };
  const listeners = await Promise.all((good?.tcp ?? []).map(inspectListener));
  for (const warning of [certificate, ...listeners].flatMap(({ warnings }) => warnings))
    world.err(`warning: ${warning}\n`);
  const faults = [
    ...("faults" in loaded ? loaded.faults.map(formatFault) : []),
    ...[certificate, ...listeners].flatMap((one) => one.faults),
  ];
  if (!good || faults.length > 0) throw faultsFailure(faults);
  if (good.web.edge.keys.length === 0 && good.web.edge.ca === undefined) {
    world.err(
      "warning: neither EDGE_KEY nor EDGE_CA is set: only the firewall keeps callers out that go around the edge\n",
    );
  }
  const noPlace = good.store.redisUrl === undefined ? await placeFault(good.dataDir) : undefined;
  if (noPlace !== undefined) {
    world.err(`warning: DATA_DIR: ${noPlace}: revocations and the audit trail would end with the process\n`);
  }
  world.out(describeConfiguration(good, certificate.text));
}

interface Inspected {
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  readonly text: string;
}

async function inspectCertificate(files: CertificateFiles): Promise<Inspected> {
  try {
    const pair = await readPair(files);
    if (!pair) return { faults: [], warnings: [], text: SELF_SIGNED };
    const text = `${files.certPath}, valid until ${pair.leaf.validToDate.toISOString()}`;
    return { faults: [], warnings: pairWarnings(pair, Date.now()), text };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { faults: error.faults.map((fault) => `CERT_PATH, KEY_PATH: ${fault}`), warnings: [], text: "" };
  }
}

/** The files of a TCP listener, as they would be read at its start. */
async function inspectListener(listener: TcpConfiguration): Promise<Inspected> {
  const named = (text: string) => `tcp ${listener.name}: ${text}`;
  try {
    const { warnings } = await readListenerFiles(listener, Date.now());
    return { faults: [], warnings: warnings.map(named), text: "" };
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error;
    return { faults: error.faults.map(named), warnings: [], text: "" };
  }
}

const SELF_SIGNED = "self-signed (none found); Cloudflare's encryption mode must be Full, not Full (strict)";
