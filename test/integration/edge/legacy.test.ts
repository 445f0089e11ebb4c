import { once } from "node:events";
import { decodeEnvelope, LEGACY_HEADERS, parseWebSocketPath } from "@sallyport/shared";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { call } from "../../support/http-client.ts";
import type { Received } from "../../support/origin.ts";
import { type EdgeBench, edgeToken, IP, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
let token: string;
beforeAll(async () => {
  bench = await startEdgeBench({ WIRE: "legacy", PM_PORT: "8443", EDGE_KEY: "an-edge-key-that-nobody-reads-there-0" });
  token = await edgeToken();
});
afterAll(() => bench[Symbol.asyncDispose]());

/** Opens a WebSocket; what the gateway got of it. */
async function upgraded(path: string, headers: Record<string, string> = {}, protocols: string[] = []) {
  const socket = new WebSocket(`${bench.edge.url.replace("http", "ws")}${path}`, protocols, {
    headers: { cookie: `__Host-pm-session=${token}; SID=1`, origin: bench.edge.url, ...headers },
  });
  await once(socket, "open");
  socket.terminate();
  return { received: bench.origin.last(), protocol: socket.protocol };
}

const envelopeOf = ({ url }: Received) =>
  decodeEnvelope(parseWebSocketPath(url, false)?.envelope ?? "", LEGACY_HEADERS);

/** What the original reads: the first value by this name, as any reader of queries decodes it. */
const firstHeaders = ({ url }: Received) => new URL(url, "http://gateway").searchParams.getAll("headers");

describe("P-09: the original's wire", () => {
  test("all twelve headers go in the envelope, cookies too, and nothing beside it", async () => {
    const { received, protocol } = await upgraded("/kvm?x=1", {}, ["binary", "base64"]);
    expect(protocol).toBe("binary");
    expect(received.url.startsWith(`/websocket/${IP}/8443/kvm?x=1&headers=`)).toBe(true);
    expect(envelopeOf(received)).toMatchObject({
      ok: true,
      value: {
        cookie: `pm-session=${token}; SID=1`,
        host: new URL(bench.edge.url).host,
        origin: bench.edge.url,
        upgrade: "websocket",
        "sec-websocket-protocol": "binary,base64",
        "sec-websocket-version": "13",
      },
    });
    expect(received.headers.cookie).toBeUndefined();
  });

  const evil = Buffer.from(JSON.stringify({ host: "evil", cookie: "pm-session=x" })).toString("base64url");
  test.each([
    [`/kvm?headers=${evil}&headers=zz`, "/kvm?headers="],
    [`/kvm?%68eaders=${evil}`, "/kvm?headers="],
    [`/kvm?a=1&headers=zz&b=%20`, "/kvm?a=1&b=%20&headers="],
    [`/kvm?a=1;headers=${evil}`, "/kvm?headers="],
    ["/kvm?headers", "/kvm?headers="],
    ["/kvm?a&&b=headers", "/kvm?a&&b=headers&headers="],
    ["/kvm?%zz=1&x=headers%3D", "/kvm?%zz=1&x=headers%3D&headers="],
  ])("P-06: of a visitor's query %s the gateway reads no envelope but ours", async (path, start) => {
    const { received } = await upgraded(path);
    expect(received.url.startsWith(`/websocket/${IP}/8443${start}`)).toBe(true);
    expect(firstHeaders(received)).toHaveLength(1);
    expect(envelopeOf(received)).toMatchObject({ ok: true, value: { cookie: `pm-session=${token}; SID=1` } });
  });

  test("P-08: HTTP carries the original's headers, each once, and no others of ours", async () => {
    await call(bench.edge.url, "/x?y", {
      headers: { cookie: `__Host-pm-session=${token}; SID=1`, "x-pm-host": "10.9.9.9", "x-auth-token": "t" },
    });
    const { rawHeaders, headers } = bench.origin.last();
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => name.startsWith("x-pm-")).sort()).toEqual(["x-pm-host", "x-pm-port"]);
    expect(headers).toMatchObject({
      "x-pm-host": IP,
      "x-pm-port": "8443",
      "x-forwarded-host": new URL(bench.edge.url).host,
      "x-forwarded-proto": "http",
      "x-auth-token": "t",
      cookie: `pm-session=${token}; SID=1`,
    });
  });
});
