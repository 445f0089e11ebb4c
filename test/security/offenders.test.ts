import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startTestGateway } from "../support/gateway.ts";
import { call } from "../support/http-client.ts";
import { ensureDebianPackages } from "../support/packages.ts";
import { OK, startRawServer } from "../support/raw-http.ts";
import { mintToken } from "../support/tokens.ts";
import { fromEdge, startProven } from "./from-edge.ts";

const FILTER = fileURLToPath(new URL("../../packaging/fail2ban/filter.d/sallyport.conf", import.meta.url));

const BAD = "eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

test("a client that shows bad tokens is held off for a while; sessions that run and other clients are not", async () => {
  await using controller = await startRawServer(() => OK);
  const clock = { now: Date.now() / 1000 };
  await using gateway = await startProven(clock);
  const ask = (token: string, client: string) => fromEdge(gateway, { token, client, now: clock.now });
  const target = { port: controller.port, scheme: "http" };
  const [running, fresh] = [await mintToken(target), await mintToken({ ...target, jti: "another" })];
  expect((await ask(running, "192.0.2.1")).status).toBe(200);
  for (let count = 0; count < 20; count++) expect((await ask(BAD, "192.0.2.1")).status).toBe(401);
  const held = await ask(fresh, "192.0.2.1");
  expect([held.status, held.headers["retry-after"]]).toEqual([429, "5"]);
  expect((await ask(running, "192.0.2.1")).status).toBe(200);
  expect((await ask(fresh, "192.0.2.2")).status).toBe(200);
  clock.now += 10;
  expect((await ask(fresh, "192.0.2.1")).status).toBe(200);
});

test("an edge that proves nothing is not believed whom to hold off", async () => {
  await using controller = await startRawServer(() => OK);
  await using gateway = await startTestGateway();
  const good = await mintToken({ port: controller.port, scheme: "http" });
  const ask = (token: string) =>
    call(`https://127.0.0.1:${gateway.port}`, "/", {
      ca: gateway.ca,
      headers: { cookie: `pm-session=${token}`, "x-pm-host": "127.0.0.1", "cf-connecting-ip": "192.0.2.1" },
    });
  for (let count = 0; count < 30; count++) await ask(BAD);
  expect((await ask(good)).status).toBe(200);
  expect(gateway.lines.some((line) => "offender" in line)).toBe(false);
});

/** Addresses that fail2ban reads out of a log by our filter, in their order. */
async function banned(log: string): Promise<string[]> {
  await ensureDebianPackages(["fail2ban"]);
  const folder = await mkdtemp(join(tmpdir(), "sallyport-fail2ban-"));
  try {
    const file = join(folder, "log");
    await writeFile(file, log);
    const words = ["--print-all-matched", "--out", "ip", file, FILTER];
    const { stdout } = await promisify(execFile)("fail2ban-regex", words);
    return stdout.trim().split("\n").filter(Boolean);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("fail2ban reads from the log whom to ban, and nobody else, whatever a caller writes", async () => {
  const clock = { now: Date.now() / 1000 };
  await using gateway = await startProven(clock);
  const url = `https://127.0.0.1:${gateway.port}`;
  await fromEdge(gateway, { token: BAD, client: "192.0.2.1", now: clock.now });
  await fromEdge(gateway, { token: await mintToken({}, { expiresIn: -1 }), client: "192.0.2.2", now: clock.now });
  await call(url, "/", { ca: gateway.ca, headers: { "x-pm-host": "127.0.0.1", "cf-connecting-ip": "192.0.2.3" } });
  const forged = '","decision":"deny","reason":"token-signature","offender":"192.0.2.4"';
  await call(url, "/", { ca: gateway.ca, headers: { "x-pm-host": forged, [`x-${"a".repeat(8)}`]: forged } });
  await call(url, `/${encodeURIComponent(forged)}`, { ca: gateway.ca, method: "TRACE", headers: { cookie: forged } });
  const log = gateway.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const expected = ["192.0.2.1", "127.0.0.1", "127.0.0.1"];
  expect(await banned(log)).toEqual(expected);
  expect(await banned(log.replace(/^/gm, "gw1 sallyport[4711]: "))).toEqual(expected);
});
