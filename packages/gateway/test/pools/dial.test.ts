import { constants } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../../../../test/support/certificates.ts";
import { createDial } from "../../src/pools/dial.ts";
import type { Upstream } from "../../src/pools/upstream.ts";

/** Where a TLS server listens from now on, and what is trusted there. */
async function listening(server: Server, ca?: string): Promise<Upstream> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const target = { address: "127.0.0.1", port, scheme: "https" } as const;
  return { target, trust: { pins: [], ca, legacy: false } };
}

test("an address that is not allowed is not dialled, whatever was decided before", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const upstream = {
    target: { address: "127.0.0.1", port, scheme: "http" },
    trust: { pins: [], ca: undefined, legacy: false },
  } as const;
  const asked: string[] = [];
  const allowed = (answer: boolean) => (address: string) => {
    asked.push(address);
    return answer;
  };
  await expect(createDial({ allowed: allowed(false), timeout: 1_000 })(upstream)).rejects.toMatchObject({
    reason: "target-network",
  });
  const socket = await createDial({ allowed: allowed(true), timeout: 1_000 })(upstream);
  socket.destroy();
  expect(asked).toEqual(["127.0.0.1", "127.0.0.1"]);
  server.close();
});

test("a controller that stumbles over a session's resumption is met anew the next time", async () => {
  const { cert, key } = await makeCertificate();
  // Sessions of this version are asked for by their id, before the handshake is done.
  const server = createTlsServer({ cert, key, maxVersion: "TLSv1.2", secureOptions: constants.SSL_OP_NO_TICKET });
  const known = new Set<string>();
  let stumbled = 0;
  server.on("newSession", (id: Buffer, _data, done) => {
    known.add(id.toString("hex"));
    done();
  });
  // Each client names one, if only for the sake of boxes in between (RFC 8446, 4.1.2).
  server.on("resumeSession", (id: Buffer, done) => {
    const isKnown = known.has(id.toString("hex"));
    if (isKnown) stumbled += 1;
    done(isKnown ? new Error("stumbled") : null, undefined);
  });
  server.on("secureConnection", (socket) => socket.on("error", () => socket.destroy()));
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const upstream = await listening(server);
  const dial = createDial({ allowed: () => true, timeout: 10_000 });
  (await dial(upstream)).destroy();
  await expect(dial(upstream)).rejects.toMatchObject({ name: "UpstreamFault" });
  (await dial(upstream)).destroy();
  expect(stumbled).toBe(1);
  server.close();
});

test("what a CA vouched for is looked at again with each resumption", async () => {
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue();
  const server = createTlsServer({ cert, key, maxVersion: "TLSv1.2" });
  server.on("secureConnection", (socket) => socket.on("error", () => socket.destroy()));
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  const upstream = await listening(server, authority.cert);
  const dial = createDial({ allowed: () => true, timeout: 10_000 });
  for (let round = 0; round < 3; round++) {
    const socket = (await dial(upstream)) as TLSSocket;
    expect([socket.isSessionReused(), socket.authorized]).toEqual([round > 0, true]);
    socket.destroy();
  }
  server.close();
});

test.each([
  ["P-256", "TLSv1.3"],
  ["P-384", "TLSv1.3"],
  ["P-256", "TLSv1.2"],
  ["X25519", "TLSv1.3"],
] as const)("a controller that knows %s alone is reached by %s, at first and resumed", async (ecdhCurve, version) => {
  const { cert, key } = await makeCertificate({ key: "ec-p256" });
  const server = createTlsServer({ cert, key, ecdhCurve, minVersion: version, maxVersion: version });
  const resumed: boolean[] = [];
  server.on("secureConnection", (socket) => {
    resumed.push(socket.isSessionReused());
    socket.on("error", () => socket.destroy());
    socket.end("hello");
  });
  const upstream = await listening(server);
  const dial = createDial({ allowed: () => true, timeout: 10_000 });
  for (let n = 0; n < 2; n++) {
    const socket = await dial(upstream);
    // Its session comes before its first bytes.
    expect(String(await once(socket, "data"))).toBe("hello");
    socket.destroy();
  }
  expect(resumed).toEqual([false, true]);
  server.close();
});
