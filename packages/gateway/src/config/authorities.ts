import { X509Certificate } from "node:crypto";
import { readNamedFile } from "./named-file.ts";
import type { Report } from "./report.ts";

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The name in Cloudflare's authority for origin pulls, which every customer of theirs shares. */
const SHARED_PULL_AUTHORITY = "origin-pull.cloudflare.net";

export interface Authorities {
  readonly pem: string;
  /** A certificate that Cloudflare shows on behalf of any customer would pass. */
  readonly shared: boolean;
}

/** The CA certificates of the PEM file that the setting at `keys` names; undefined where there is none. */
export async function resolveAuthorities(
  keys: readonly string[],
  path: string | undefined,
  report: Report,
): Promise<Authorities | undefined> {
  const content = path === undefined ? undefined : await readNamedFile(keys, path, report);
  if (content === undefined) return undefined;
  const blocks = content.match(PEM_CERTIFICATE) ?? [];
  if (blocks.length === 0) report.fault(keys, `names a file that holds no PEM certificate (${path})`);
  const certificates = blocks.map((block, index) => parseCertificate(block, index, { keys, report }));
  return {
    pem: blocks.join("\n"),
    shared: certificates.some((certificate) => certificate?.subject.includes(SHARED_PULL_AUTHORITY)),
  };
}

function parseCertificate(block: string, index: number, { keys, report }: { keys: readonly string[]; report: Report }) {
  try {
    const certificate = new X509Certificate(block);
    if (certificate.validToDate < new Date()) report.warn(keys, `holds an expired certificate (number ${index + 1})`);
    return certificate;
  } catch {
    // OpenSSL's words say nothing about which certificate: its place in the file does.
    report.fault(keys, `holds a certificate that cannot be read (number ${index + 1})`);
    return undefined;
  }
}
