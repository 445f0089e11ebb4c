import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorCode, readFault } from "./files.ts";
import { oneLine, type RevocationNotice } from "./issuers.ts";
import { CertificateError } from "./pair.ts";

/** Whom a listener takes client certificates from, and which of them were taken back. */
export interface ClientTrust {
  /** PEM text. */
  readonly ca: string;
  readonly authorities: readonly X509Certificate[];
  /** Every certificate that a list names. */
  readonly revoked: readonly RevocationNotice[];
  /** What is doubtful about the files, though they can be used. */
  readonly warnings: readonly string[];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads the authorities and revocation lists of a listener.
 * @throws CertificateError with every fault that can be seen
 */
export async function readClientTrust(caPath: string, crlPaths: readonly string[]): Promise<ClientTrust> {
  const pem = await readNamed(caPath).then((bytes) => bytes.toString("utf8"));
  const authorities = (pem.match(PEM_CERTIFICATE) ?? []).map((block, index) =>
    parse(block, `${caPath}, number ${index + 1}`),
  );
  if (authorities.length === 0) throw new CertificateError([`${caPath} holds no PEM certificate`]);
  const expired = authorities.filter(({ validToDate }) => validToDate.getTime() < Date.now());
  const warnings = expired.map(({ subject }) => `the authority has expired: ${oneLine(subject)}`);
  const ca = authorities.map(String).join("\n");
  if (crlPaths.length === 0) return { ca, authorities, revoked: [], warnings };
  // Loaded on demand: the library is large, and most listeners have no lists.
  const { readRevocationLists } = await import("./revocation-lists.ts");
  const files = await Promise.all(crlPaths.map(async (path) => ({ path, bytes: await readNamed(path) })));
  const lists = await readRevocationLists(files, authorities);
  return { ca, authorities, revoked: lists.revoked, warnings: [...warnings, ...lists.warnings] };
}

/** @throws CertificateError */
async function readNamed(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CertificateError([readFault(path, errorCode(error))], { cause: error });
  }
}

function parse(block: string, place: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new CertificateError([`${place}: the certificate cannot be read`], { cause: error });
  }
}
