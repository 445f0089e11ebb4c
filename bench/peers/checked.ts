import { request } from "node:https";
import { GATEWAY_COOKIE, Header, isWebSocketPath, WIRE_VERSION } from "@sallyport/shared";
import { type JWTPayload, SignJWT } from "jose";
import { websocketHeaders, websocketPath } from "../load/heads.ts";
import type { PeerOptions, RunningPeer } from "./peer.ts";

/** Tokens that no peer may let through, by what is wrong with them. */
const BAD: Readonly<Record<string, { readonly claims?: JWTPayload; readonly secret?: string }>> = {
  "an expired token": { claims: { exp: 1_000_000_000 } },
  "a token for another address": { claims: { ip: "127.0.0.2" } },
  "a token of another key": { secret: "another-secret-of-at-least-32-bytes-0" },
};

/**
 * Throws where a peer does less than its job: it must let a good token through to the controller and refuse each bad
 * one. What does not check is not compared.
 */
export async function checkJob({ port }: RunningPeer, { controllerPort, secret }: PeerOptions): Promise<void> {
  for (const path of ["/bytes/1024/0", websocketPath(controllerPort, "/echo/0")]) {
    const status = await ask({ port, controllerPort, path, token: await mint({}, secret) });
    if (status !== 200 && status !== 101) throw new Error(`answers ${status} to a good token`);
    for (const [what, bad] of Object.entries(BAD)) {
      const token = await mint(bad.claims ?? {}, bad.secret ?? secret);
      const refusal = await ask({ port, controllerPort, path, token });
      if (refusal !== 401 && refusal !== 403) throw new Error(`answers ${refusal} to ${what}`);
    }
  }
}

interface Question {
  readonly port: number;
  readonly controllerPort: number;
  readonly path: string;
  readonly token: string;
}

function ask({ port, controllerPort, path, token }: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: "127.0.0.1",
      port,
      path,
      agent: false,
      // The certificate was made for this run alone.
      rejectUnauthorized: false,
      headers: {
        cookie: `${GATEWAY_COOKIE}=${token}`,
        [Header.host]: "127.0.0.1",
        [Header.port]: controllerPort,
        [Header.wire]: WIRE_VERSION,
        ...(isWebSocketPath(path) ? websocketHeaders : {}),
      },
    });
    outgoing.once("error", reject).once("response", (response) => {
      response.resume().once("end", () => resolve(response.statusCode ?? 0));
    });
    outgoing.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    outgoing.end();
  });
}

function mint(claims: JWTPayload, secret: string): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iat: now, exp: now + 600, ip: "127.0.0.1", upstream: "localhost", ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(Buffer.from(secret));
}
