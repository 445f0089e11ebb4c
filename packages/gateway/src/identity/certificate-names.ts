import type { X509Certificate } from "node:crypto";
import type { TcpIdentity } from "../config/configuration.ts";

/** Where in a certificate a name stands: the subject's common name, or a subject alternative name of one kind. */
export type NameSource = TcpIdentity["from"];

const PREFIXES = { uri: "URI:", dns: "DNS:", email: "email:" } as const;

/** The names of one kind, in the certificate's order; empty where they cannot be read without doubt. */
export function certificateNames(certificate: X509Certificate, source: NameSource): readonly string[] {
  if (source === "common-name") return commonNames(certificate.subject);
  const prefix = PREFIXES[source];
  const names = splitAlternatives(certificate.subjectAltName ?? "");
  return names.filter((name) => name.startsWith(prefix)).map((name) => unquote(name.slice(prefix.length)));
}

/**
 * Node writes a subject as one `type=value` a line, special characters escaped as in RFC 2253 (2.4): a line feed
 * cannot be forged from within a value. An escape, or several values in one name (`+`), is no name of ours.
 */
export function commonNames(subject: string | undefined): readonly string[] {
  const lines = (subject ?? "").split("\n");
  const values = lines.filter((line) => /^CN\s*=/.test(line)).map((line) => line.slice(line.indexOf("=") + 1));
  return values.some((value) => /[\\+]/.test(value)) ? [] : values;
}

/** `DNS:a, URI:"b, c"`: what holds a comma, a quote or the like is written as a JSON string. */
function splitAlternatives(text: string): readonly string[] {
  return text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g)?.map((name) => name.trim()) ?? [];
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  const parsed: unknown = JSON.parse(value);
  return String(parsed);
}
