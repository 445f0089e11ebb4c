import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AdminListener } from "../../src/admin/listener.ts";
import { startAdmin } from "../../src/admin/server.ts";
import type { AdminLedger } from "../../src/ledger/admin-ledger.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

const store = openMemoryStore();
const source = { ready: true, snapshots: async () => [await metrics.snapshot()], store };
const metrics = createMetrics();
const errors: unknown[] = [];
const ledger: AdminLedger = { acts: async () => {}, denied: () => {}, close: async () => {} };
const API = { tokens: [], ledger, revocationLife: 1 };
let admin: AdminListener;

beforeAll(async () => {
  const listen = { host: "127.0.0.1", port: 0 };
  admin = await startAdmin({ listen, ...API, source, version: "1.2.3", onError: (error) => errors.push(error) });
});
afterAll(async () => {
  await admin.close();
  await store.close();
});

interface Asked {
  readonly method?: string;
  readonly host?: string;
}

async function ask(path: string, { method = "GET", host = "localhost" }: Asked = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    type: string;
    allow: string | undefined;
    body: string;
  }>();
  const outgoing = request({ host: "127.0.0.1", port: admin.port, path, method, headers: { host } });
  outgoing.on("error", reject);
  outgoing.on("response", async (response) => {
    const { statusCode: status = 0, headers } = response;
    const { allow } = headers;
    resolve({ status, type: headers["content-type"] ?? "", allow, body: await text(response) });
  });
  outgoing.end();
  return promise;
}

describe("the admin listener", () => {
  test("answers its four paths", async () => {
    metrics.sessions(5);
    expect(await ask("/healthz")).toMatchObject({ status: 200, body: "ok\n" });
    expect(await ask("/readyz?verbose")).toMatchObject({ status: 200, body: "ready\n" });
    expect(await ask("/version")).toMatchObject({
      status: 200,
      body: `{"version":"1.2.3","node":"${process.version}"}\n`,
    });
    const exposed = await ask("/metrics");
    expect(exposed.type).toContain("text/plain; version=0.0.4");
    expect(exposed.body).toContain("sallyport_sessions 5\n");
  });

  test("says 503 while not ready, and lives on", async () => {
    source.ready = false;
    expect(await ask("/readyz")).toMatchObject({ status: 503, body: "not ready\n" });
    expect(await ask("/healthz")).toMatchObject({ status: 200 });
    source.ready = true;
  });

  test("knows nothing else", async () => {
    expect(await ask("/")).toMatchObject({ status: 404 });
    expect(await ask("/healthz/x")).toMatchObject({ status: 404 });
    expect(await ask("/metrics", { method: "POST" })).toMatchObject({ status: 405, allow: "GET, HEAD" });
    expect(await ask("/metrics")).toMatchObject({ allow: undefined });
    expect(await ask("/version", { method: "HEAD" })).toMatchObject({ status: 200, body: "" });
  });

  test.each(["localhost:8444", "127.0.0.1", "127.0.0.1:1", "[::1]:8444", "LOCALHOST"])(
    "host %s passes",
    async (host) => {
      expect((await ask("/healthz", { host })).status).toBe(200);
    },
  );

  test.each(["attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example:8444", "10.0.0.1"])(
    "host %s, as a rebound name would send it, is refused",
    async (host) => {
      expect((await ask("/metrics", { host })).status).toBe(403);
    },
  );

  test("tells of what it could not answer", async () => {
    const broken = new Error("no worker answered");
    const { snapshots } = source;
    source.snapshots = () => Promise.reject(broken);
    expect((await ask("/metrics")).status).toBe(500);
    expect(errors).toEqual([broken]);
    source.snapshots = snapshots;
  });
});

test("a taken address is an error of the start", async () => {
  const listen = { host: "127.0.0.1", port: admin.port };
  await expect(startAdmin({ listen, ...API, source, version: "", onError: () => {} })).rejects.toThrow("EADDRINUSE");
});
