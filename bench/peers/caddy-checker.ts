import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Answers 204 to what caddy asks about, where the token in the cookie is good for the address that is wanted. */
const secret = process.env.JWT_KEY ?? "";
const server = createServer((request, response) => {
  const token = /(?:^|;\s*)pm-session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
  response.writeHead(token !== undefined && isGood(token, wanted(request)) ? 204 : 401).end();
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

function wanted({ headers }: IncomingMessage): string | undefined {
  const path = String(headers["x-forwarded-uri"] ?? "");
  return /^\/websocket\/([^/]+)\//.exec(path)?.[1] ?? headers["x-pm-host"]?.toString();
}

function isGood(token: string, address: string | undefined): boolean {
  const [head = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length > 0 || parse(head).alg !== "HS256") return false;
  const wanted = createHmac("sha256", secret).update(`${head}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
  const { exp, ip } = parse(payload);
  return typeof exp === "number" && exp > Date.now() / 1000 && ip === address;
}

function parse(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
}
