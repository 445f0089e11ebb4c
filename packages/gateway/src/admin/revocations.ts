import { createHash } from "node:crypto";
import { parseAddress } from "@sallyport/shared";
import { z } from "zod";
import { principalValue } from "../admission/revocations.ts";
import { type Revocation, revocationKey } from "../store/revocations.ts";
import { type ApiAnswer, type ApiCall, BadCall, numberOf } from "./route.ts";

const MAX_TEXT = 8_192;
const MAX_NOTE = 512;
const PAGE = 1_000;
const MAX_PAGE = 10_000;
const SHA256 = /^[A-Za-z0-9_-]{43}$/;
const COMPACT = /^[A-Za-z0-9_-]+\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+$/;

const instant = z.union([z.number().nonnegative().finite(), z.iso.datetime({ offset: true })]);

/** What a caller may ask for. */
const schema = z.strictObject({
  kind: z.enum(["token", "jti", "principal", "target", "session", "all"]),
  value: z.string().min(1).max(MAX_TEXT).optional(),
  tenant: z.string().min(1).max(MAX_NOTE).optional(),
  before: instant.optional(),
  until: instant.optional(),
  note: z.string().max(MAX_NOTE).optional(),
});

type Wanted = z.output<typeof schema>;

/** Kinds that are about whoever is issued something, and not about one thing: they hold for what was issued so far. */
const UP_TO_NOW: ReadonlySet<Wanted["kind"]> = new Set(["principal", "target", "all"]);

/** Puts something out, everywhere within a second. Durable once it is answered. */
export async function revoke({ store, body, now, revocationLife, record }: ApiCall): Promise<ApiAnswer> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new BadCall(parsed.error.issues.map(inWords).join("; "));
  const revocation = revocationOf(parsed.data, { now, life: revocationLife });
  const { kind, value, before, until, note } = revocation;
  await record({ action: "revoke", kind, value, before, until, note });
  await store.revoke([revocation]);
  return { status: 201, body: { revocation } };
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  return `${path.join(".") || "the body"}: ${message}`;
}

/** Every revocation in force, in the order in which they were made. */
export async function listRevocations({ store, query }: ApiCall): Promise<ApiAnswer> {
  const after = numberOf(query, "after", [0, Number.MAX_SAFE_INTEGER, 0]);
  const page = await store.revocationsAfter(after, numberOf(query, "limit", [1, MAX_PAGE, PAGE]));
  // Renewals go the same way, and revoke nothing.
  const revocations = page.revocations.filter(({ kind }) => kind !== "renewal");
  return { status: 200, body: { ...page, revocations } };
}

function revocationOf(wanted: Wanted, { now, life }: { now: number; life: number }): Revocation {
  const { kind, note, tenant } = wanted;
  if ((kind === "all") !== (wanted.value === undefined)) {
    throw new BadCall(kind === "all" ? "kind all takes no value" : `kind ${kind} needs a value`);
  }
  if (tenant !== undefined && kind !== "principal") throw new BadCall("tenant goes with kind principal only");
  const { value, expiry } = namedValue(wanted);
  // Nothing is kept for ever: what was issued until now is over by then.
  const until = seconds(wanted.until) ?? expiry ?? now + life;
  const before = seconds(wanted.before) ?? (UP_TO_NOW.has(kind) ? now : undefined);
  return { key: revocationKey(kind, value), kind, value, before, until, at: now, note };
}

interface Valued {
  readonly value: string;
  /** When what it names expires (seconds), where that can be told. */
  readonly expiry?: number | undefined;
}

function namedValue({ kind, value = "", tenant }: Wanted): Valued {
  if (kind === "principal") return { value: principalValue(value, tenant) };
  if (kind === "target") return { value: addressOf(value) };
  return kind === "token" ? tokenOf(value) : { value };
}

function addressOf(text: string): string {
  if (parseAddress(text) !== undefined) return text;
  throw new BadCall("a target is an address in its shortest form, such as 10.20.3.7 or fd00::7");
}

/** A token is never kept: its hash is. */
function tokenOf(text: string): Valued {
  if (SHA256.test(text)) return { value: text };
  const [, payload] = COMPACT.exec(text) ?? [];
  if (payload === undefined) throw new BadCall("a token is the token itself, or its SHA-256 in base64url");
  return { value: createHash("sha256").update(text).digest("base64url"), expiry: expiryOf(payload) };
}

function expiryOf(payload: string): number | undefined {
  try {
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: unknown } | null;
    const exp = claims?.exp;
    return typeof exp === "number" && Number.isFinite(exp) ? exp : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadCall("this is no token: its payload is no JSON");
    throw error;
  }
}

function seconds(value: number | string | undefined): number | undefined {
  return typeof value === "string" ? Date.parse(value) / 1000 : value;
}
