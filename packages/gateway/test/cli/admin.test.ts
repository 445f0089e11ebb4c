import { once } from "node:events";
import { chmod, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Command, runCommand, startCommand } from "../../../../test/support/process.ts";
import { temporaryFolder } from "../config/support.ts";

const JWT_KEY = "a-key-of-a-test-with-enough-bytes-in-it-73";
const ADMIN_TOKEN = "an-admin-token-of-a-test-with-enough-bytes";

describe.each(["1", "2"])("the verbs for sessions, at a gateway of %s processes", (processes) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway: Command;
  let environment: Record<string, string>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    // Workers that are not root must reach it.
    await chmod(folder.path, 0o755);
    environment = {
      ...{ JWT_KEY, ADMIN_TOKEN, PROCESSES: processes, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0" },
      DATA_DIR: join(folder.path, "data"),
    };
    gateway = startCommand(["serve"], { environment });
    const { adminPort } = await gateway.logged("serving");
    environment.ADMIN_LISTEN = `127.0.0.1:${adminPort}`;
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...words: string[]) => runCommand(words, { environment });

  test("revoke, for people and for programs", async () => {
    expect(await run("revoke", "jti", "4711")).toMatchObject({ code: 0, out: expect.stringContaining("revoked") });
    const { out } = await run("revoke", "principal", "c", "--tenant", "t", "--note", "left", "--json");
    expect(JSON.parse(out)).toMatchObject({ revocation: { value: '["t","c"]', note: "left" } });
    expect(await run("revoke", "jti")).toMatchObject({ code: 1, err: expect.stringContaining("needs a value") });
    const unknown = await run("revoke", "link", "4711");
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringContaining("token, jti, principal, target, session, all"),
    });
    const dated = await run("revoke", "all", "--before", "soon");
    expect(dated).toMatchObject({ code: 1, err: expect.stringContaining("--before must be a date") });
  });

  test("sessions, of which there are none", async () => {
    expect(JSON.parse((await run("sessions", "--json")).out)).toEqual({ sessions: [] });
    expect((await run("sessions")).out).toContain("principal");
    expect(await run("sessions", "end", "nobody")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no session"),
    });
    expect(await run("audit", "--json")).toMatchObject({ code: 0 });
  });

  test("without the token, and with a wrong one", async () => {
    const { ADMIN_TOKEN: _, ...bare } = environment;
    const without = await runCommand(["sessions"], { environment: bare });
    expect(without).toMatchObject({ code: 1, err: expect.stringContaining("set ADMIN_TOKEN") });
    const wrong = { ...environment, ADMIN_TOKEN: `${ADMIN_TOKEN}x` };
    const refused = await runCommand(["sessions"], { environment: wrong });
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("not the ADMIN_TOKEN") });
  });

  test("all of which the audit trail has, its chain whole", async () => {
    const { out } = await run("audit", "--json");
    const records = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records).toMatchObject([
      { event: "admin", action: "revoke", kind: "jti", value: "4711", principal: "admin", clientAddress: "127.0.0.1" },
      { event: "admin", action: "revoke", kind: "principal", value: '["t","c"]', note: "left" },
      { event: "admin-deny", reason: "token-wrong", method: "GET", route: "/sessions" },
    ]);
    expect((await run("audit")).out).toMatch(/ admin .* revoke /);
    expect(await run("audit", "verify")).toMatchObject({ code: 0 });
  });

  test("a backup of the store while it runs, to a new file only", async () => {
    const file = join(folder.path, "backup.db");
    expect(await run("store", "backup", file)).toMatchObject({ code: 0, out: `${file}\n` });
    expect((await readFile(file)).subarray(0, 15).toString()).toBe("SQLite format 3");
    expect(await run("store", "backup", file)).toMatchObject({ code: 1, err: expect.stringContaining("new file") });
  });
});

test("where no gateway runs, that is said", async () => {
  const environment = { JWT_KEY, ADMIN_TOKEN, ADMIN_LISTEN: "127.0.0.1:1" };
  const { code, err } = await runCommand(["sessions"], { environment });
  expect([code, err]).toEqual([1, expect.stringContaining("does not answer")]);
});

test("where another program answers, that is said", async () => {
  await using other = await startOther();
  const environment = { JWT_KEY, ADMIN_TOKEN, ADMIN_LISTEN: `127.0.0.1:${other.port}` };
  const { code, err } = await runCommand(["sessions"], { environment });
  expect([code, err]).toEqual([1, expect.stringContaining("is no gateway's admin API")]);
  expect(err).not.toContain("    at ");
});

/** An HTTP server that is not the gateway's. */
async function startOther() {
  const server = createServer((_, response) => response.end("<html>")).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

test.each([
  ["store", "backup", "backup.db"],
  ["audit", "verify"],
])("%s %s where no gateway has written: no empty store is made and called good", async (...words) => {
  await using folder = await temporaryFolder();
  const environment = { JWT_KEY, DATA_DIR: join(folder.path, "data") };
  const { code, out, err } = await runCommand(words, { environment });
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain(`no gateway wrote ${join(folder.path, "data", "store", "sallyport.db")} yet`);
  expect(await readdir(folder.path)).toEqual([]);
});
