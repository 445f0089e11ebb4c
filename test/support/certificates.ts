import "reflect-metadata";
import { createHash, KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type GeneralNameType,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
} from "@peculiar/x509";

/** The key behind a certificate. `rsa-1024` is signed with SHA-1, as old controllers' are: OpenSSL takes it at security level 0 only. */
export type KeyKind = "ec-p256" | "rsa-2048" | "rsa-1024";

/** A certificate with its private key (PKCS #8), its issuer's certificate, all PEM, and the pin of its public key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly pin: string;
}

export interface LeafOptions {
  /** Subject alternative names: IP addresses, DNS names, URIs (`scheme://…`) or mail addresses. Default: this machine's loopback names. */
  readonly names?: readonly string[];
  /** Distinguished name. Default: `CN=<first name>`. */
  readonly subject?: string;
  readonly key?: KeyKind;
  /** Default: an hour ago to a week from now. A past `notAfter` makes an expired certificate. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** What the extended key usage allows. Default: both. */
  readonly usage?: "server" | "client" | "ocsp";
  /** The OCSP responder that it names. */
  readonly responder?: string;
}

/** A certificate authority that issues as many leaves as a test needs. */
export interface Authority {
  readonly cert: string;
  /** PKCS #8, PEM. */
  readonly key: string;
  readonly publicKey: CryptoKey;
  issue(options?: LeafOptions): Promise<Certificate>;
  /**
   * An authority below this one, with a key of its own; `posesAs` gives it that other one's name and key identifier,
   * `renews` its key, too (what is made so is there to be shown: it issues nothing).
   */
  intermediate(options: IntermediateOptions): Promise<Authority>;
  /** A revocation list (PEM) of these serial numbers, due to be replaced at `nextUpdate`. */
  revoke(serials: readonly string[], nextUpdate: Date): Promise<string>;
}

interface IntermediateOptions {
  readonly name: string;
  readonly posesAs?: Authority;
  readonly renews?: Authority;
  readonly notAfter?: Date;
  /** Hexadecimal; default: a number of its own. */
  readonly serial?: string;
  /** Where its issuer's OCSP responder is. */
  readonly responder?: string;
}

interface Issuer {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  readonly kind: KeyKind;
}

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "::1"];

const algorithms = {
  "ec-p256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "rsa-2048": rsa(2048, "SHA-256"),
  "rsa-1024": rsa(1024, "SHA-1"),
} satisfies Record<KeyKind, object>;

/** A new authority with a key of its own. */
export async function makeAuthority(options: { name?: string; key?: KeyKind } = {}): Promise<Authority> {
  const kind = options.key ?? "ec-p256";
  const name = `CN=${options.name ?? "Test authority"}`;
  const keys = await generateKeys(kind);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    ...validity({}),
    keys,
    signingAlgorithm: algorithms[kind],
    extensions: await authorityExtensions(keys.publicKey),
  });
  return authorityOf({ name, keys, kind }, certificate.toString("pem"));
}

function authorityOf(issuer: Issuer, cert: string): Authority {
  return {
    cert,
    key: privatePem(issuer.keys),
    publicKey: issuer.keys.publicKey,
    issue: async (leaf = {}) => ({ ...(await issueLeaf(issuer, leaf)), ca: cert }),
    intermediate: (options) => issueAuthority(issuer, options),
    revoke: (serials, nextUpdate) => makeList(issuer, serials, nextUpdate),
  };
}

async function issueAuthority(
  above: Issuer,
  { name: commonName, posesAs, renews, notAfter, serial, responder }: IntermediateOptions,
): Promise<Authority> {
  const name = `CN=${commonName}`;
  const keys = await generateKeys(above.kind);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial ?? serialNumber(),
    subject: name,
    issuer: above.name,
    ...validity(notAfter ? { notAfter } : {}),
    publicKey: renews?.publicKey ?? keys.publicKey,
    signingKey: above.keys.privateKey,
    signingAlgorithm: algorithms[above.kind],
    extensions: [
      ...(await authorityExtensions((posesAs ?? renews)?.publicKey ?? keys.publicKey)),
      await AuthorityKeyIdentifierExtension.create(above.keys.publicKey),
      ...(responder === undefined ? [] : [new AuthorityInfoAccessExtension({ ocsp: responder })]),
    ],
  });
  return authorityOf({ name, keys, kind: above.kind }, certificate.toString("pem"));
}

async function authorityExtensions(subjectKey: CryptoKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(subjectKey),
  ];
}

/** A leaf under an authority made for it alone. */
export async function makeCertificate(options: LeafOptions = {}): Promise<Certificate> {
  const authority = await makeAuthority(options.key === undefined ? {} : { key: options.key });
  return authority.issue(options);
}

/** The pin of a certificate's key as the token claim `spki` names it: SHA-256 of the DER SubjectPublicKeyInfo, base64url. */
export function spkiPin(cert: string): string {
  const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("base64url");
}

async function issueLeaf(issuer: Issuer, options: LeafOptions): Promise<Omit<Certificate, "ca">> {
  const names = options.names ?? LOOPBACK_NAMES;
  const keys = await generateKeys(options.key ?? issuer.kind);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: options.subject ?? `CN=${names[0] ?? "leaf"}`,
    issuer: issuer.name,
    ...validity(options),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: algorithms[issuer.kind],
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension(extendedUsages(options.usage)),
      await AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
      ...(options.responder === undefined ? [] : [new AuthorityInfoAccessExtension({ ocsp: options.responder })]),
      ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names.map(generalName))]),
    ],
  });
  const cert = certificate.toString("pem");
  return { cert, key: privatePem(keys), pin: spkiPin(cert) };
}

function privatePem({ privateKey }: CryptoKeyPair): string {
  return KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
}

async function makeList(issuer: Issuer, serials: readonly string[], nextUpdate: Date): Promise<string> {
  const thisUpdate = new Date(Math.min(Date.now(), nextUpdate.getTime()) - HOUR_MS);
  const list = await X509CrlGenerator.create({
    ...{ issuer: issuer.name, thisUpdate, nextUpdate },
    entries: serials.map((serial) => ({ serialNumber: serial, revocationDate: thisUpdate })),
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: algorithms[issuer.kind],
  });
  return list.toString("pem");
}

async function generateKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey(algorithms[kind], true, ["sign", "verify"]);
  return keys as CryptoKeyPair;
}

function generalName(value: string): { type: GeneralNameType; value: string } {
  if (isIP(value) !== 0) return { type: "ip", value };
  if (value.includes("://")) return { type: "url", value };
  return { type: value.includes("@") ? "email" : "dns", value };
}

function extendedUsages(usage: LeafOptions["usage"]): ExtendedKeyUsage[] {
  const { serverAuth, clientAuth, ocspSigning } = ExtendedKeyUsage;
  if (usage === undefined) return [serverAuth, clientAuth];
  return [{ server: serverAuth, client: clientAuth, ocsp: ocspSigning }[usage]];
}

function validity(options: LeafOptions): { notBefore: Date; notAfter: Date } {
  const notAfter = options.notAfter ?? new Date(Date.now() + WEEK_MS);
  // An expired certificate was valid once: its start moves with its end.
  const start = Math.min(Date.now(), notAfter.getTime()) - HOUR_MS;
  return { notBefore: options.notBefore ?? new Date(start), notAfter };
}

/** Positive and 128 bits long (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function rsa(modulusLength: number, hash: string) {
  return { name: "RSASSA-PKCS1-v1_5", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash };
}
