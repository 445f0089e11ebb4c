import type { X509Certificate } from "node:crypto";
import { allow, deny, type Result } from "@sallyport/shared";
import type { TcpIdentity } from "../config/configuration.ts";
import { patternFault } from "../config/identity-pattern.ts";
import { certificateNames } from "./certificate-names.ts";
import type { Principal } from "./principal.ts";

/** A client certificate whose key and chain a TLS handshake has proved. */
export interface ClientCertificate {
  readonly leaf: X509Certificate;
}

/** Who a client certificate proves its bearer to be. `id` is `user@group`. */
export interface CertificatePrincipal extends Principal {
  readonly kind: "client-certificate";
  /** Limits are counted by it, whatever the group (row J-09). */
  readonly user: string;
  readonly groups: readonly string[];
}

/** How one kind of name becomes a user and a group: literal text around `{user}` and `{group}`, each at most once. */
export type IdentityRule = TcpIdentity;

/** Turns a certificate into a principal by the first rule that fits. */
export type Identify = (certificate: ClientCertificate) => Result<CertificatePrincipal>;

/** @throws TypeError where a rule's pattern names no user, or no group though none is given */
export function identifyBy(rules: readonly IdentityRule[]): Identify {
  const readers = rules.map((rule) => ({ rule, expression: compilePattern(rule) }));
  return ({ leaf }) => {
    for (const { rule, expression } of readers) {
      const names = certificateNames(leaf, rule.from);
      const [found, ...more] = names.flatMap((name) => read(name, expression, rule.group) ?? []);
      // Whom a certificate with two answers speaks for is nobody's to guess.
      if (more.length > 0) return deny("certificate-identity", `several names fit: ${rule.from}`);
      if (found) return allow(found);
    }
    return deny("certificate-identity", `no name fits: ${rules.map(({ from }) => from).join(", ")}`);
  };
}

/** Control, format and private characters and line breaks: what a log or an operator cannot see is no name. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
const MAX_NAME = 256;

function read(name: string, expression: RegExp, group: string | undefined): CertificatePrincipal | undefined {
  if (name.length > MAX_NAME || UNSEEN.test(name)) return undefined;
  const parts = expression.exec(name)?.groups;
  const user = parts?.user?.trim();
  const named = parts?.group?.trim() ?? group;
  if (!user || !named) return undefined;
  return { kind: "client-certificate", id: `${user}@${named}`, user, groups: [named], tenant: undefined };
}

/** A placeholder takes one character or more, none of them `@`, `/`, or the one that follows it in the pattern. */
function compilePattern({ pattern, group }: IdentityRule): RegExp {
  const fault = patternFault({ pattern, group });
  if (fault !== undefined) throw new TypeError(`the pattern ${fault}`);
  const parts = pattern.split(/(\{\w+\})/).map((part, index, all) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) return escapeText(part);
    const next = all[index + 1]?.[0] ?? "";
    return `(?<${name}>[^@/${next === "" ? "" : escapeText(next)}]+)`;
  });
  return new RegExp(`^${parts.join("")}$`, "u");
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
