import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { routes } from "../../src/admin/api.ts";
import { revocationKey } from "../../src/store/revocations.ts";
import type { Store } from "../../src/store/store.ts";
import { describedAnswers, describedRoutes, seenAnswers, validateExchange } from "./document.ts";
import { type Asked, DAY, NEWER_TOKEN, NOW, startTestAdmin, type TestAdmin, TOKEN } from "./support.ts";

let admin: TestAdmin;
let store: Store;
beforeAll(async () => {
  admin = await startTestAdmin();
  store = admin.store;
});
afterAll(() => admin[Symbol.asyncDispose]());

const ask = (path: string, asked?: Asked) => admin.ask(path, asked);
const revoke = (body: unknown) => ask("/revocations", { method: "POST", body });

/** A body that each route with one takes. */
const BODIES: Readonly<Record<string, unknown>> = { POST: { kind: "jti", value: "x" } };

test("docs/admin-api.yaml has every route, and none that is not there", () => {
  expect(describedRoutes.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
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
        body: BODIES[method],
      });
      expect(answer.status).toBe(401);
      expect(answer.body.error).toMatch(/ADMIN_TOKEN/);
    }
    expect(await store.revocationsAfter(0, 1_000)).toEqual(before);
  });

  test("an older token, too", async () => {
    expect((await ask("/sessions", { token: NEWER_TOKEN })).status).toBe(200);
  });

  test("nobody where no token is set", async () => {
    await using off = await startTestAdmin([]);
    for (const { method, path } of routes) {
      const answer = await off.ask(path.replace("{name}", "x"), { method, body: BODIES[method] });
      expect(answer).toEqual({
        status: 403,
        body: { error: "the admin API is off: set ADMIN_TOKEN at the gateway" },
      });
    }
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
    ["jti", "4712"],
    ["principal", "p-1"],
    ["target", "10.0.0.9"],
    ["session", "s-1"],
    ["token", "A".repeat(43)],
    ["all", undefined],
  ])("of a %s without an end holds for 400 days, and is not kept for ever", async (kind, value) => {
    const { body } = await revoke({ kind, value });
    const { until, at } = body.revocation as { until: number; at: number };
    expect(until - at).toBe(400 * DAY);
  });

  test("an end that was asked for holds", async () => {
    const { body } = await revoke({ kind: "jti", value: "long", until: NOW + 5_000 * DAY });
    expect(body.revocation).toMatchObject({ until: NOW + 5_000 * DAY });
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
    expect(revoked?.key).toBe(revocationKey("session", "n1"));
    // It might be renewed at this moment.
    expect((revoked?.until ?? 0) - (revoked?.at ?? 0)).toBe(DAY);
  });

  test("one that is not open is no success", async () => {
    expect(await ask("/sessions/nobody", { method: "DELETE" })).toMatchObject({ status: 404 });
  });
});

test("audit and usage come with their bounds checked", async () => {
  await store.appendAudit([{ writer: "w", seq: 1, at: NOW, body: '{"event":"start"}', mac: "m" }]);
  const record = { writer: "w", seq: 1, at: NOW, mac: "m", event: "start" };
  expect((await ask("/audit")).body.records).toContainEqual(record);
  expect((await ask("/audit?writer=w")).body).toEqual({ records: [record] });
  expect((await ask("/audit?writer=w&after=1")).body).toEqual({ records: [] });
  expect((await ask("/audit?limit=0")).body.error).toContain("from 1 to 10000");
  expect((await ask("/usage?from=x")).status).toBe(400);
  const hour = NOW - (NOW % 3_600);
  const used = { hour, principal: "p", tenant: "", target: "10.0.0.7", received: 1, sent: 2, seconds: 0.5 };
  await store.addUsage({ writer: "w", number: 1, rows: [used] });
  expect((await ask(`/usage?from=${hour}&to=${hour + 1}`)).body).toEqual({ usage: [used] });
  expect((await ask("/usage?from=1&to=2")).body).toEqual({ usage: [] });
});

test("usage comes in pages, of 10,000 rows where nothing smaller is asked for", async () => {
  const rows = Array.from({ length: 10_001 }, (_, index) => {
    const principal = `customer-${String(index).padStart(5, "0")} é`;
    return { hour: 3_600, principal, tenant: "", target: "10.0.0.7", received: 1, sent: 2, seconds: 0.5 };
  });
  await store.addUsage({ writer: "many", number: 1, rows });
  const { usage, next } = (await ask("/usage?from=0&to=4000")).body;
  expect(usage).toEqual(rows.slice(0, 10_000));
  expect((await ask(`/usage?from=0&to=4000&after=${next}`)).body).toEqual({ usage: rows.slice(10_000) });
  const small = (await ask("/usage?from=0&to=4000&limit=2")).body;
  expect(small.usage).toEqual(rows.slice(0, 2));
  expect((await ask(`/usage?from=0&to=4000&limit=1&after=${small.next}`)).body.usage).toEqual(rows.slice(2, 3));
  expect((await ask("/usage?from=0&to=4000&limit=10001")).body.error).toContain("from 1 to 10000");
});

test.each(["", "x", "e30", "W10", "WyIxIiwiIiwiIiwiIl0"])(
  "usage after %s, which no page said, is refused",
  async (after) => {
    expect(await ask(`/usage?after=${after}`)).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("after") },
    });
  },
);

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

describe("the audit trail has what admins do", () => {
  const HERE = "127.0.0.1";
  const recordsOf = async (event: string) =>
    (await store.auditRecent(10_000)).map(({ body }) => JSON.parse(body)).filter((record) => record.event === event);

  test("a revocation: who, what, from where", async () => {
    await revoke({ kind: "jti", value: "audited", note: "lost laptop" });
    expect((await recordsOf("admin")).at(-1)).toMatchObject({
      ...{ principal: "admin", clientAddress: HERE, action: "revoke" },
      ...{ kind: "jti", value: "audited", note: "lost laptop" },
    });
  });

  test("holders of two tokens can be told apart, and no token is in it", async () => {
    await revoke({ kind: "jti", value: "one" });
    await ask("/revocations", { method: "POST", body: { kind: "jti", value: "two" }, token: NEWER_TOKEN });
    const records = await recordsOf("admin");
    const [one, two] = records.slice(-2).map(({ token }) => token);
    expect(one).toMatch(/^[\w-]{16}$/);
    expect(two).not.toBe(one);
    for (const token of [TOKEN, NEWER_TOKEN]) expect(JSON.stringify(records)).not.toContain(token);
  });

  test("the end of a session", async () => {
    await store.beat("audited", NOW);
    const row = { instance: "audited", name: "n9", tokenHash: "t", principal: "p", address: "10.0.0.7" };
    const limits = { token: 9, principal: 9, target: 9 };
    await store.openSession({ ...row, startedAt: NOW, expiresAt: NOW + 60 }, limits);
    await ask("/sessions/n9", { method: "DELETE" });
    expect((await recordsOf("admin")).at(-1)).toMatchObject({
      action: "end-session",
      session: "n9",
      principal: "admin",
    });
  });

  test("but not what only looks, nor what was not understood", async () => {
    const before = (await recordsOf("admin")).length;
    await ask("/sessions");
    await revoke({ kind: "user" });
    await ask("/sessions/nobody", { method: "DELETE" });
    expect((await recordsOf("admin")).length).toBe(before);
  });

  test("calls that were denied, equal ones as one with a count", async () => {
    await using fresh = await startTestAdmin();
    for (let index = 0; index < 5; index++) await fresh.ask("/sessions", { token: "x".repeat(40) });
    await fresh.ask("/sessions/some", { method: "DELETE", token: "" });
    await fresh.settle();
    const records = (await fresh.store.auditRecent(100)).map(({ body }) => JSON.parse(body));
    expect(records).toMatchObject([
      { event: "admin-deny", reason: "token-wrong", method: "GET", route: "/sessions", clientAddress: HERE, count: 1 },
      { event: "admin-deny", reason: "token-missing", method: "DELETE", route: "/sessions/{name}", count: 1 },
      { event: "admin-deny", reason: "token-wrong", route: "/sessions", count: 4 },
    ]);
  });
});

describe("while the store is away", () => {
  test.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "%s says so, and nothing is done",
    async (_, { method, path }) => {
      await using away = await startTestAdmin();
      await away.store.close();
      const answer = await away.ask(path.replace("{name}", "x"), { method, body: BODIES[method] });
      expect(answer.status).toBe(503);
    },
  );
});

describe("docs/admin-api.yaml, to which each answer above was held", () => {
  test.each(["/audit?limit=0", "/usage?from=x", "/revocations?limit=10001"])("%s is refused in words", async (path) => {
    expect((await ask(path)).status).toBe(400);
  });

  test("speaks of no answer that was not seen here", () => {
    expect(describedAnswers.filter((name) => !seenAnswers.has(name))).toEqual([]);
  });

  test.each([
    ["a member of another type", { status: 200, answered: { sessions: [{ instance: 1 }] } }],
    ["a member less", { status: 200, answered: {} }],
    ["a member more", { status: 200, answered: { sessions: [], more: 1 } }],
    ["a status that is not there", { status: 418, answered: { error: "x" } }],
    ["no words", { status: 401, answered: {} }],
  ])("%s shows", (_, answer) => {
    const exchange = { path: "/sessions", method: "GET", sent: undefined, ...answer };
    expect(() => validateExchange(exchange)).toThrow("GET /sessions");
  });
});
