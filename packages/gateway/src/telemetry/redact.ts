export type LogFields = Readonly<Record<string, unknown>>;

const HIDDEN = "[redacted]";

/** Deeper values are not written: a log line is no dump. */
const MAX_DEPTH = 6;
/** Longer text is cut first, so that a hostile URL costs little. */
const MAX_TEXT = 8192;

/**
 * Names whose values never reach the log, as headers, cookies, query parameters or fields of ours, in the spelling
 * of `normalise`. The controllers' names are those by which their web interfaces carry a session or a password.
 */
const secretNames = new Set([
  ...["cookie", "setcookie", "authorization", "proxyauthorization", "secwebsocketprotocol"],
  ...["xauthtoken", "xpmauthtoken", "xpmtoken", "xpmrenewal", "xpmassertion", "pmsession", "hostpmsession"],
  ...["xsrftoken", "xxsrftoken", "csrftoken", "xcsrftoken", "st1", "st2", "vck", "vmk"],
  ...["sessionkey", "sessionid", "token", "jwt", "headers", "xpmheaders"],
  ...["user", "username", "password", "passwd", "pass", "pwd", "secret", "secrets", "key", "keys", "privatekey"],
  ...["jwtkey", "edgekey"],
]);

/** Names that go on with a number or an address of the controller's choosing, such as `VCSID0`. */
const secretPrefixes = ["vcsid"];

/** Object members of these names hold other headers or parameters: they are looked into, not hidden. */
const containers = new Set(["headers"]);

/** `fields` without secrets, ready for JSON: themselves where there is nothing to take out, else a copy. */
export function redactFields(fields: LogFields): Record<string, unknown> {
  return isPlain(fields) ? fields : redactObject(Object.entries(fields), 0);
}

/** Most lines: a copy of each would be a good part of what they cost. */
function isPlain(fields: LogFields): boolean {
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "string" ? !isPlainText(value) : typeof value === "object" && value !== null) return false;
    if (typeof value === "bigint" || isSecretName(name)) return false;
  }
  return true;
}

function isPlainText(text: string): boolean {
  return text.length <= MAX_TEXT && !MARK.test(text);
}

/** `text` without session tokens, credentials of an authorization scheme, and values of secret parameters and headers. */
export function redactText(text: string): string {
  return MARK.test(text) ? redactMarked(shorten(text)) : shorten(text);
}

/** No secret is found by the expressions below without one of these. */
const MARK = /[.:=]|bearer|basic|digest|negotiate/i;

function redactMarked(text: string): string {
  return text
    .replace(JWS, HIDDEN)
    .replace(CREDENTIALS, `$1 ${HIDDEN}`)
    .replace(PARAMETER, (whole: string, before: string, name: string) =>
      isSecretName(decodeName(name)) ? `${before}${name}=${HIDDEN}` : whole,
    )
    .replace(MEMBER, (whole: string, quote: string, name: string) =>
      isSecretName(name) ? `${quote}${name}${quote}: ${HIDDEN}` : whole,
    );
}

function shorten(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/** A JWS in compact form: its first part begins with `{"` in base64url. */
const JWS = /eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const CREDENTIALS = /\b(bearer|basic|digest|negotiate)\s+[\w+/=.~-]{6,}/gi;
const PARAMETER = /([?&;]\s*)([^?&;=\s#]{1,64})=([^&;\s#"]*)/g;
/** A header line or a JSON member within a text. */
const MEMBER = /(["']?)\b([A-Za-z][\w-]{1,40})\1\s*:\s*(?:"[^"]*"|[^\r\n"{[]+)/g;

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // Not percent-encoded as it should be: compared as it stands.
  }
}

function normalise(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** What was found out about names, of which lines bring the same few: so many, so long, whoever makes them up. */
const known = new Map<string, boolean>();
const REMEMBERED = { names: 512, length: 64 } as const;

function isSecretName(name: string): boolean {
  const remembered = known.get(name);
  if (remembered !== undefined) return remembered;
  const plain = normalise(name);
  const secret = secretNames.has(plain) || secretPrefixes.some((prefix) => plain.startsWith(prefix));
  if (known.size >= REMEMBERED.names) known.clear();
  if (name.length <= REMEMBERED.length) known.set(name, secret);
  return secret;
}

function redactMember(name: string, value: unknown, depth: number): unknown {
  const isContainer = typeof value === "object" && containers.has(normalise(name));
  if (isSecretName(name) && !isContainer && value !== undefined && value !== null) return HIDDEN;
  return redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return "[deep]";
  if (value instanceof Error) return redactError(value, depth + 1);
  if (Array.isArray(value)) return redactList(value, depth + 1);
  const entries = value instanceof Map || value instanceof Headers ? [...value.entries()] : Object.entries(value);
  return redactObject(entries, depth + 1);
}

function redactObject(entries: readonly [unknown, unknown][], depth: number): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [name, redactMember(String(name), value, depth)]));
}

/** Raw headers alternate names and values: what follows a secret name is hidden. */
function redactList(list: readonly unknown[], depth: number): unknown[] {
  return list.map((value, index) => {
    const before = list[index - 1];
    return typeof before === "string" && isSecretName(before) ? HIDDEN : redactValue(value, depth);
  });
}

function redactError(error: Error & { code?: unknown }, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: redactText(error.message),
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth) }),
  };
}
