import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditEntry, openStore } from "@sallyport/gateway";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommand } from "../../support/process.ts";
import { TEST_SECRET } from "../../support/tokens.ts";
import { startPair } from "./support.ts";

const AUDIT_KEY = "an-audit-key-for-tests-of-32-bytes-x";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sallyport-audit-"));
});
afterAll(() => rm(dataDir, { recursive: true }));

const verify = (...words: string[]) =>
  runCommand(["audit", "verify", ...words], { environment: { JWT_KEY: TEST_SECRET, DATA_DIR: dataDir, AUDIT_KEY } });

test("a session's start is in the trail before its 101, its end and denials after, usage adds up, no secret anywhere", async () => {
  let token: string;
  {
    await using pair = await startPair(
      { options: { dataDir }, [Symbol.asyncDispose]: async () => {} },
      {
        audit: { keys: [AUDIT_KEY] },
      },
    );
    token = await pair.token({ sub: "customer", tenant: "t", jti: "link-7" });
    const console = await pair.console(0, token);
    // Nobody waited for anything since: what is read here was there before the answer.
    const started = (await pair.gateways[1].gateway.store.auditRecent(10)).map(bodyOf);
    expect(started).toMatchObject([
      { event: "start", principal: "customer", tenant: "t", address: "127.0.0.1", jti: "link-7", entrypoint: "web" },
    ]);
    expect(await console.passes()).toBe(true);
    for (let n = 0; n < 3; n++) expect((await pair.console(1, `${token}x`)).status).toBe(401);
  }
  const store = await openStore({ dataDir });
  const records = (await store.auditRecent(100)).map(bodyOf);
  expect(records.find(({ event }) => event === "end")).toMatchObject({
    principal: "customer",
    reason: "draining",
    received: 8,
    sent: 0,
  });
  const denials = records.filter(({ event }) => event === "deny");
  expect(denials.map(({ reason, count }) => [reason, count])).toEqual([
    ["token-signature", 1],
    ["token-signature", 2],
  ]);
  const [usage, ...more] = await store.usage({ from: 0, to: Date.now(), limit: 10 });
  expect(usage).toMatchObject({ principal: "customer", tenant: "t", target: "127.0.0.1", received: 8, sent: 0 });
  expect(more).toEqual([]);
  expect(JSON.stringify(records)).not.toContain(token.split(".")[2]);
  await store.close();
  expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining("records of 2 writers") });
});

test("a changed record, and a tail that was cut off, end `audit verify` with 1", async () => {
  const store = await openStore({ dataDir });
  const [head] = await store.auditHeads();
  const { writer = "", seq = 0 } = head ?? {};
  await store.appendAudit([{ writer, seq: seq + 1, at: 1, body: '{"event":"end"}', mac: "made-up" }]);
  await store.close();
  const changed = await verify();
  expect([changed.code, changed.err]).toEqual([1, expect.stringContaining(`${writer} ${seq + 1}: it was changed`)]);
  const file = join(dataDir, "log");
  const heads = [{ writer, seq: seq + 9, mac: "x" }];
  const line = JSON.stringify({ message: "audit checkpoint", checkpoint: { at: 1, heads, mac: "y" } });
  const keptBy = {
    itself: line,
    journal: `Nov 22 10:00:00 gw1 sallyport[4711]: ${line}`,
    "journal as JSON": JSON.stringify({ _PID: "4711", MESSAGE: line }),
    Docker: JSON.stringify({ log: `${line}\n`, stream: "stdout", time: "2026-11-22T10:00:00Z" }),
    "Docker, in pieces": [line.slice(0, 40), `${line.slice(40)}\n`].map((log) => JSON.stringify({ log })).join("\n"),
  };
  for (const [who, kept] of Object.entries(keptBy)) {
    await writeFile(file, `no JSON\n{"cut": \n${kept}\n{"other":"line"}\n`);
    const cut = await verify("--checkpoint", file);
    expect([cut.code, cut.err], who).toEqual([1, expect.stringContaining("its tail was cut off")]);
  }
  await writeFile(file, `${line}\n${line.slice(0, -10)}\n`);
  const torn = await verify("--checkpoint", file);
  expect([torn.code, torn.err]).toEqual([1, expect.stringContaining("is not whole")]);
  expect(await verify("--checkpoint", join(dataDir, "nowhere"))).toMatchObject({ code: 1 });
});

function bodyOf({ body }: AuditEntry): Record<string, unknown> {
  return JSON.parse(body);
}
