import { readFileSync } from "node:fs";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { routes } from "../../src/admin/api.ts";
import { type AdminServer, startAdmin } from "../../src/admin/server.ts";
import { revocationKey } from "../../src/store/revocations.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import type { Store } from "../../src/store/store.ts";

const TOKEN = "an-admin-token-for-tests-of-32-bytes";
const NOW = Math.floor(Date.now() / 1000);

let store: Store;
let admin: AdminServer;
beforeAll(async () => {
  store = openMemoryStore();
  admin = await startAdmin({
    listen: { host: "127.0.0.1", port: 0 },
    tokens: ["a-newer-admin-token-for-tests-of-32-bytes", TOKEN],
    source: { ready: true, snapshots: async () => [], store },
    version: "1",
    onError: (error) => expect.unreachable(String(error)),
  });
});
afterAll(async () => {
  await admin.close();
  await store.close();
});

interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string | undefined;
}

async function ask(path: string, { method = "GET", body, token = TOKEN }: Asked = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Record<string, unknown> }>();
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  const outgoing = request({ host: "127.0.0.1", port: admin.port, path, method, headers });
  outgoing.on("error", reject);
  outgoing.on("response", async (response) => {
    const answer = await text(response);
    resolve({ status: response.statusCode ?? 0, body: answer === "" ? {} : JSON.parse(answer) });
  });
  outgoing.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  return promise;
}

const revoke = (body: unknown) => ask("/revocations", { method: "POST", body });

test("docs/admin-api.yaml has every route, and none that is not there", () => {
  const document = parse(readFileSync(new URL("../../../../docs/admin-api.yaml", import.meta.url), "utf8"));
  const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

describe("who may call", () => {
  test.each([
    ["without a token", ""],
    ["with another token", "another-token-of-at-least-32-bytes-x"],
    ["with its beginning", TOKEN.slice(0, -1)],
  ])("%s: nobody, and nothing is done", async (_, token) => {
    const before = await store.revocationsAfter(0, 1_000);
    for (const { method, path } of routes) {
      const answer = await ask(path.replace("{name}", "x"), {
        method,
        token,
        ...(method === "POST" ? { body: { kind: "jti", value: "x" } } : {}),
      });
      expect(answer.status).toBe(401);
      expect(answer.body.error).toMatch(/ADMIN_TOKEN/);
    }
    expect(await store.revocationsAfter(0, 1_000)).toEqual(before);
  });

  test("an older token, too", async () => {
    expect((await ask("/sessions", { token: "a-newer-admin-token-for-tests-of-32-bytes" })).status).toBe(200);
  });

  test("nobody where no token is set", async () => {
    const off = await startAdmin({
      listen: { host: "127.0.0.1", port: 0 },
      tokens: [],
      source: { ready: true, snapshots: async () => [], store },
      version: "1",
      onError: () => {},
    });
    const answer = await fetch(`http://127.0.0.1:${off.port}/sessions`, { headers: { authorization: "Bearer " } });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: "the admin API is off: set ADMIN_TOKEN at the gateway" },
    ]);
    await off.close();
  });

  test("only with a method that there is", async () => {
    expect(await ask("/sessions", { method: "POST", body: {} })).toMatchObject({
      status: 405,
      body: { error: "only GET" },
    });
  });
});

describe("revocations", () => {
  test.each([
    ["a jti", { kind: "jti", value: "4711" }, { key: revocationKey("jti", "4711"), value: "4711" }],
    ["a date as text", { kind: "jti", value: "d", before: "2026-01-01T00:00:00Z" }, { before: 1_767_225_600 }],
    ["a principal", { kind: "principal", value: "c" }, { key: revocationKey("principal", "c") }],
    [
      "one of a tenant",
      { kind: "principal", value: "c", tenant: "t" },
      { key: revocationKey("principal", '["t","c"]') },
    ],
    ["a target", { kind: "target", value: "fd00::7" }, { key: revocationKey("target", "fd00::7") }],
    ["everything", { kind: "all" }, { key: revocationKey("all", "") }],
  ])("%s is written", async (_, body, revocation) => {
    const answer = await revoke(body);
    expect(answer).toMatchObject({ status: 201, body: { revocation } });
    const listed = (await ask("/revocations")).body.revocations as { key: string }[];
    expect(listed.at(-1)).toEqual(answer.body.revocation);
  });

  test("a principal's is about what was issued so far", async () => {
    const { body } = await revoke({ kind: "principal", value: "so-far" });
    expect((body.revocation as { before: number }).before).toBeGreaterThanOrEqual(NOW);
  });

  test("a token itself is not kept, and forgotten when it expires", async () => {
    const payload = Buffer.from(JSON.stringify({ exp: NOW + 60 })).toString("base64url");
    const token = `eyJhbGciOiJIUzI1NiJ9.${payload}.c2lnbmF0dXJl`;
    const { body } = await revoke({ kind: "token", value: token });
    expect(JSON.stringify(body)).not.toContain(payload);
    expect(body.revocation).toMatchObject({ value: expect.stringMatching(/^[\w-]{43}$/), until: NOW + 60 });
  });

  test.each([
    ["no JSON", "{", "the body must be JSON"],
    ["an unknown kind", { kind: "user", value: "x" }, "kind"],
    ["a key that does not exist", { kind: "jti", value: "x", nte: "y" }, "nte"],
    ["no value", { kind: "jti" }, "needs a value"],
    ["a value for all", { kind: "all", value: "x" }, "takes no value"],
    ["a tenant for a jti", { kind: "jti", value: "x", tenant: "t" }, "tenant"],
    ["a name for a target", { kind: "target", value: "bmc.example" }, "address"],
    ["an address in another form", { kind: "target", value: "010.0.0.7" }, "address"],
    ["something that is no token", { kind: "token", value: "x.y" }, "SHA-256"],
    ["a token that holds no JSON", { kind: "token", value: "eA.eA.eA" }, "no JSON"],
    ["a time that is none", { kind: "jti", value: "x", before: "yesterday" }, "before"],
    ["far too much", `"${"x".repeat(70_000)}"`, "65536 bytes"],
  ])("%s is refused in words", async (_, body, words) => {
    const before = (await store.revocationsAfter(0, 1_000)).cursor;
    const answer = await revoke(body);
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining(words)]);
    expect((await store.revocationsAfter(0, 1_000)).cursor).toBe(before);
  });
});

describe("sessions", () => {
  test("are listed, filtered and ended", async () => {
    const row = { instance: "i", name: "n1", tokenHash: "t", principal: "p", address: "10.0.0.7" };
    const limits = { token: 9, principal: 9, target: 9 };
    await store.beat("i", NOW);
    await store.openSession({ ...row, startedAt: NOW, expiresAt: NOW + 60 }, limits);
    await store.openSession({ ...row, name: "n2", principal: "q", startedAt: NOW, expiresAt: NOW + 60 }, limits);
    const names = async (query: string) =>
      ((await ask(`/sessions${query}`)).body.sessions as { name: string }[]).map(({ name }) => name);
    expect(await names("")).toEqual(["n1", "n2"]);
    expect(await names("?principal=q")).toEqual(["n2"]);
    expect((await ask("/sessions/n1", { method: "DELETE" })).status).toBe(204);
    const revoked = (await store.revocationsAfter(0, 1_000)).revocations.at(-1);
    expect(revoked).toMatchObject({ key: revocationKey("session", "n1"), until: NOW + 60 });
  });

  test("one that is not open is no success", async () => {
    expect(await ask("/sessions/nobody", { method: "DELETE" })).toMatchObject({ status: 404 });
  });
});

test("audit and usage come with their bounds checked", async () => {
  await store.appendAudit([{ writer: "w", seq: 1, at: NOW, body: '{"event":"start"}', mac: "m" }]);
  const record = { writer: "w", seq: 1, at: NOW, mac: "m", event: "start" };
  expect((await ask("/audit")).body).toEqual({ records: [record] });
  expect((await ask("/audit?writer=w&after=1")).body).toEqual({ records: [] });
  expect((await ask("/audit?limit=0")).body.error).toContain("from 1 to 10000");
  expect((await ask("/usage?from=x")).status).toBe(400);
  expect((await ask("/usage")).body).toEqual({ usage: [] });
});

describe("what no client sends is the caller's fault, and not ours", () => {
  test.each(["//[", "http://[::", "//a:99999/sessions", "/sessions/..%2f", "/sessions/%00", "*"])(
    "the target %s",
    async (path) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      const outgoing = request({
        host: "127.0.0.1",
        port: admin.port,
        path,
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      outgoing.on("error", reject).on("response", (response) => resolve(response.resume().statusCode));
      outgoing.end();
      expect([400, 404]).toContain(await promise);
    },
  );

  test.each(["bnVsbA", "MQ", "W10", "IngiIg", "e30"])("a token whose payload is %s", async (payload) => {
    expect([201, 400]).toContain((await revoke({ kind: "token", value: `e30.${payload}.AAAA` })).status);
  });

  test.each(["null", "[]", "1", '"x"', "{", "", '{"kind":"__proto__"}', '{"__proto__":{"kind":"all"}}'])(
    "the body %s",
    async (body) => {
      expect((await revoke(body)).status).toBe(400);
    },
  );
});
