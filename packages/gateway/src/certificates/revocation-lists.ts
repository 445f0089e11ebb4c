import "reflect-metadata"; // The X.509 library's dependency injection asks for it before anything else is loaded.
import type { X509Certificate } from "node:crypto";
import { X509Certificate as ListIssuer, X509Crl } from "@peculiar/x509";
import { oneLine, type RevocationNotice } from "./issuers.ts";
import { CertificateError } from "./pair.ts";

export interface ListFile {
  readonly path: string;
  /** PEM (one list or several) or DER. */
  readonly bytes: Buffer;
}

export interface RevocationLists {
  readonly revoked: readonly RevocationNotice[];
  readonly warnings: readonly string[];
}

const PEM_LIST = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/**
 * Reads revocation lists (RFC 5280, 5), each signed by one of `authorities`. A list past its next update still holds
 * for what it names, and an authority without a list is not checked: both are warned about.
 * @throws CertificateError where a list cannot be read, or nobody that is known has signed it
 */
export async function readRevocationLists(
  files: readonly ListFile[],
  authorities: readonly X509Certificate[],
): Promise<RevocationLists> {
  const read = files.flatMap(parseLists);
  const lists = await Promise.all(read.map(async (one) => ({ ...one, issuer: await issuerOf(one.list, authorities) })));
  const orphans = lists.filter(({ issuer }) => issuer === undefined);
  if (orphans.length > 0) throw new CertificateError(orphans.map(orphanFault));
  const covered = new Set(lists.map(({ issuer }) => issuer));
  const bare = authorities.filter((authority) => !covered.has(authority));
  const stale = lists.filter(({ list }) => list.nextUpdate !== undefined && list.nextUpdate.getTime() < Date.now());
  return {
    revoked: lists.flatMap(({ list, issuer }) =>
      list.entries.map(({ serialNumber }) => ({ issuer: issuer?.subject ?? "", serial: serialNumber })),
    ),
    warnings: [
      ...bare.map(({ subject }) => `no list for the issuer ${oneLine(subject)}: its certificates are not checked`),
      ...stale.map(({ path, list }) => `${path} should have been replaced by ${list.nextUpdate?.toISOString()}`),
    ],
  };
}

interface ReadList {
  readonly path: string;
  readonly list: X509Crl;
}

function parseLists({ path, bytes }: ListFile): readonly ReadList[] {
  const blocks = bytes.toString("latin1").match(PEM_LIST) ?? [bytes];
  return blocks.map((block) => {
    try {
      return { path, list: new X509Crl(block) };
    } catch (error) {
      throw new CertificateError([`${path} holds no revocation list (PEM or DER)`], { cause: error });
    }
  });
}

async function issuerOf(list: X509Crl, authorities: readonly X509Certificate[]): Promise<X509Certificate | undefined> {
  for (const authority of authorities) if (await isSignedBy(list, authority)) return authority;
  return undefined;
}

/** Its name first: a key of another kind cannot be asked about the signature. */
async function isSignedBy(list: X509Crl, authority: X509Certificate): Promise<boolean> {
  const certificate = new ListIssuer(authority.raw);
  return certificate.subject === list.issuer && list.verify({ publicKey: certificate.publicKey });
}

function orphanFault({ path, list }: ReadList): string {
  return `${path} was issued by "${list.issuer}", and no certificate in \`ca\` signed it: add that authority to \`ca\`, or take the list away`;
}
