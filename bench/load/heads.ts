import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { buildWebSocketPath, encodeEnvelope, GATEWAY_COOKIE, Header, WIRE_VERSION } from "@sallyport/shared";
import { SignJWT } from "jose";

/** What the tokens of a run are signed with, at every peer. */
export const BENCH_SECRET = "a-benchmark-secret-of-at-least-32-bytes";
/** How long they live, in seconds: longer than any run. */
const TOKEN_LIFE = 86_400;
/** Any key will do (RFC 6455, 4.1): nobody caches. */
const WEBSOCKET_KEY = "c2FsbHlwb3J0LWJlbmNoIQ==";
const PUBLIC_HOST = "bench.example";

/** What makes a request a browser's upgrade. */
export const websocketHeaders = {
  Origin: `https://${PUBLIC_HOST}`,
  Connection: "Upgrade",
  Upgrade: "websocket",
  "Sec-WebSocket-Version": "13",
  "Sec-WebSocket-Key": WEBSOCKET_KEY,
} as const;

export interface HeadOptions {
  /** One head, and one session with its token, for each; connections take them in turn. */
  readonly count: number;
  /** The controller's stand-in, on 127.0.0.1. */
  readonly port: number;
  /** Path at the controller for content number `id`. */
  readonly path: (id: number) => string;
  readonly kind: "websocket" | "get" | "post";
  /** Bytes of an upload. */
  readonly size: number;
  /** For the controller itself, with nothing in between. */
  readonly direct?: boolean;
}

/** Writes the requests as the edge sends them (rows P-08, P-09), for the load to read. */
export async function writeHeads(file: string, options: HeadOptions): Promise<void> {
  const heads = await Promise.all(Array.from({ length: options.count }, (_, id) => makeHead(options, id)));
  await writeFile(file, heads.join(""), { mode: 0o600 });
}

async function makeHead({ port, path, kind, size, direct }: HeadOptions, id: number): Promise<string> {
  const token = await mintToken(id);
  const lines = [
    `Host: ${PUBLIC_HOST}`,
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
    "Accept: */*",
    `Cookie: ${GATEWAY_COOKIE}=${token}`,
    `${Header.host}: 127.0.0.1`,
    `${Header.port}: ${port}`,
    `${Header.session}: ${randomUUID()}`,
    `${Header.wire}: ${WIRE_VERSION}`,
    `${Header.forwardedHost}: ${PUBLIC_HOST}`,
    `${Header.forwardedPort}: 443`,
    `${Header.forwardedProto}: https`,
    `${Header.clientAddress}: 192.0.2.7`,
  ];
  const target = direct ? path(id) : websocketPath(port, path(id));
  if (kind === "websocket")
    return head(`GET ${target}`, [...lines, ...Object.entries(websocketHeaders).map((pair) => pair.join(": "))]);
  if (kind === "get") return head(`GET ${path(id)}`, lines);
  return head(`POST ${path(id)}`, [...lines, `Origin: https://${PUBLIC_HOST}`, `Content-Length: ${size}`]);
}

function head(request: string, lines: readonly string[]): string {
  return [`${request} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** The request target of an upgrade to `target` at the controller. */
export function websocketPath(port: number, target: string): string {
  const envelope = encodeEnvelope({ host: PUBLIC_HOST, origin: `https://${PUBLIC_HOST}`, connection: "Upgrade" });
  return buildWebSocketPath({ address: "127.0.0.1", port, target, envelope });
}

function mintToken(id: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iat: now,
    nbf: now - 10,
    exp: now + TOKEN_LIFE,
    ip: "127.0.0.1",
    upstream: "localhost",
    sub: `${id}`,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(BENCH_SECRET));
}
