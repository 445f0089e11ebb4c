import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { runCommand, startCommand } from "../../support/process.ts";
import { dial, drainOf, startAuthority, startUpstream, type TestAuthority, take } from "./support.ts";

function words({ tls }: TestAuthority, upstream: string): readonly string[] {
  const files = ["--ca", tls.ca, "--cert", tls.cert, "--key", tls.key];
  return ["tcp", "--listen", "127.0.0.1:0", ...files, "--upstream", upstream, "--group", "dev", "--drain", "5"];
}

async function ask(port: number, path: string, host = "127.0.0.1"): Promise<{ status: number; body: string }> {
  const outgoing = request({ host: "127.0.0.1", port, path, headers: { host } }).end();
  const [answer] = await once(outgoing, "response");
  return { status: answer.statusCode, body: await text(answer) };
}

test("health, readiness until it drains, and what was counted", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  await using proxy = startCommand([...words(authority, upstream.address), "--status", "127.0.0.1:0"]);
  const { ports, statusPort } = (await proxy.logged("serving")) as { ports: number[]; statusPort: number };
  expect(await ask(statusPort, "/readyz")).toEqual({ status: 200, body: "ready\n" });
  const welcome = dial(ports[0] ?? 0, await authority.client("ann@dev"));
  welcome.write("hello");
  await take(welcome, 5);
  await drainOf(dial(ports[0] ?? 0, await authority.client("bob@sales")));
  const { body } = await ask(statusPort, "/metrics");
  expect(body).toContain('sallyport_decisions_total{reason="allow"} 1\n');
  expect(body).toContain('sallyport_decisions_total{reason="group-not-allowed"} 1\n');
  expect(body).toContain('sallyport_live{kind="tcp"} 1\n');
  expect((await ask(statusPort, "/metrics", "attacker.example")).status).toBe(403);
  expect((await ask(statusPort, "/sessions")).status).toBe(404);
  proxy.signal("SIGTERM");
  await proxy.logged("draining");
  expect(await ask(statusPort, "/readyz")).toEqual({ status: 503, body: "not ready\n" });
  expect((await ask(statusPort, "/healthz")).status).toBe(200);
  welcome.end();
  expect((await proxy.ended).code).toBe(0);
});

test("an address that cannot be used is said, and nothing listens", async () => {
  await using authority = await startAuthority();
  const bad = await runCommand([...words(authority, "127.0.0.1:1"), "--status", "8444"]);
  expect(bad).toMatchObject({ code: 1, err: expect.stringContaining("--status must be an address and a port") });
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const refused = await runCommand([...words(authority, "127.0.0.1:1"), "--status", `127.0.0.1:${port}`]);
  taken.close();
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(new RegExp(`cannot listen on 127.0.0.1:${port}: .*\\(--status\\)`));
});
