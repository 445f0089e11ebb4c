import "reflect-metadata"; // The X.509 library's dependency injection asks for it before anything else is loaded.
import { createPrivateKey, KeyObject, randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { CertificatePair } from "./pair.ts";

export type KeyKind = "ecdsa" | "rsa";

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3_650;

const ALGORITHMS = {
  ecdsa: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
} as const;

/** What a leaf certificate is for. */
export interface LeafRequest {
  readonly commonName: string;
  readonly usage: "server" | "client";
  /** DNS names and addresses; a client has none. */
  readonly names: readonly string[];
  readonly days: number;
}

/** A new authority for a first try, valid for ten years: whoever has its key makes certificates that pass. */
export async function makeAuthority(kind: KeyKind): Promise<CertificatePair> {
  const keys = await newKeys(kind);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(AUTHORITY_DAYS),
    serialNumber: serialNumber(),
    name: [{ CN: ["Sallyport authority"] }],
    keys,
    signingAlgorithm: ALGORITHMS[kind],
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

/** A new key, of the authority's kind, with a certificate from it. */
export async function makeLeaf(authority: CertificatePair, request: LeafRequest): Promise<CertificatePair> {
  const issuer = new X509Certificate(authority.cert);
  const signer = KeyObject.from(importKey(authority.key));
  const kind = signer.asymmetricKeyType === "rsa" ? "rsa" : "ecdsa";
  const keys = await newKeys(kind);
  const certificate = await X509CertificateGenerator.create({
    ...validity(request.days),
    serialNumber: serialNumber(),
    subject: [{ CN: [request.commonName] }],
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: importKey(authority.key),
    signingAlgorithm: ALGORITHMS[kind],
    extensions: await leafExtensions(issuer, request, keys.publicKey),
  });
  return { cert: `${certificate.toString("pem")}\n`, key: await exportKey(keys.privateKey) };
}

async function leafExtensions(
  issuer: X509Certificate,
  { usage, names }: LeafRequest,
  publicKey: CryptoKey,
): Promise<Extension[]> {
  const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? ("dns" as const) : ("ip" as const), value }));
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage === "server" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth]),
    await AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export()),
    await SubjectKeyIdentifierExtension.create(publicKey),
    ...(alternatives.length > 0 ? [new SubjectAlternativeNameExtension(alternatives)] : []),
  ];
}

function newKeys(kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  const usages: webcrypto.KeyUsage[] = ["sign", "verify"];
  return kind === "rsa"
    ? webcrypto.subtle.generateKey(ALGORITHMS.rsa, true, usages)
    : webcrypto.subtle.generateKey(ALGORITHMS.ecdsa, true, usages);
}

async function exportKey(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(pem: string): CryptoKey {
  const key = createPrivateKey(pem);
  return key.toCryptoKey(ALGORITHMS[key.asymmetricKeyType === "rsa" ? "rsa" : "ecdsa"], true, ["sign"]);
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + days * DAY_MS) };
}

/** Positive and 128 bits long (RFC 5280, 4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}
