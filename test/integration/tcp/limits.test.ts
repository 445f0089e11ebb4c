import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { dial, drainOf, greeting, startAuthority, startProxy, startUpstream, take } from "./support.ts";

/** Whether a connection is let in: it then holds it open. */
async function letIn(client: TLSSocket): Promise<boolean> {
  try {
    await take(client, 5);
    return true;
  } catch {
    return false; // It was closed without a byte.
  }
}

test("J-07: one of several authorised groups suffices", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { authorizedGroups: ["admin", "engineering"] });
  for (const [name, expected] of [
    ["alice@admin", true],
    ["bob@engineering", true],
    ["carol@Engineering", false],
  ] as const) {
    const client = dial(proxy.port, await authority.client(name));
    expect([name, await letIn(client)]).toEqual([name, expected]);
    client.destroy();
  }
});

test("J-08: another group's handshake succeeds, then it is closed without a byte, nothing is dialled, and a warning says why", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { authorizedGroups: ["administrators"] });
  const client = dial(proxy.port, await authority.client("user1@engineering"));
  await once(client, "secureConnect");
  const { bytes } = await drainOf(client);
  const line = await proxy.line(({ decision }) => decision === "deny");
  expect([bytes.length, upstream.accepted.length]).toEqual([0, 0]);
  expect(line).toMatchObject({ level: "warn", reason: "group-not-allowed", principal: "user1@engineering" });
});

test("J-09, J-11: a bucket that is empty refuses, fills again one by one and never beyond its capacity", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  const clock = { now: Date.now() / 1000 };
  const rateLimit = { capacity: 2, fillRate: "10s" };
  await using proxy = await startProxy(authority, [upstream], { rateLimit, parts: { now: () => clock.now } });
  const alice = await authority.client("alice@engineering");
  const connect = async () => {
    const client = dial(proxy.port, alice);
    const admitted = await letIn(client);
    client.destroy();
    return admitted;
  };
  expect([await connect(), await connect(), await connect()]).toEqual([true, true, false]);
  expect(await proxy.denial()).toBe("rate-limited");
  clock.now += 9;
  expect(await connect()).toBe(false);
  clock.now += 1;
  expect([await connect(), await connect()]).toEqual([true, false]);
  clock.now += 1_000;
  expect([await connect(), await connect(), await connect()]).toEqual([true, true, false]);
  const bob = dial(proxy.port, await authority.client("bob@engineering"));
  expect(await letIn(bob)).toBe(true);
  bob.destroy();
});

test("J-10: a client has so many connections open at a time, and one that ends makes room", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { maxConcurrent: 2 });
  const alice = await authority.client("alice@engineering");
  const [one, two, three] = [dial(proxy.port, alice), dial(proxy.port, alice), dial(proxy.port, alice)];
  const admitted = await Promise.all([one, two, three].map(letIn));
  expect(admitted.filter(Boolean).length).toBe(2);
  expect(await proxy.denial()).toBe("client-full");
  const held = admitted[0] ? one : two;
  held.destroy();
  await proxy.line(({ audit }) => audit === "session-end");
  const again = dial(proxy.port, alice);
  expect(await letIn(again)).toBe(true);
  for (const client of [one, two, three, again]) client.destroy();
});

test("J-11: the limited and the unauthorised look alike outside, and differ in the log", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { rateLimit: { capacity: 1, fillRate: "1h" } });
  const alice = await authority.client("alice@engineering");
  const first = dial(proxy.port, alice);
  expect(await letIn(first)).toBe(true);
  const seen: unknown[] = [];
  for (const certificate of [alice, await authority.client("alice@marketing")]) {
    const client = dial(proxy.port, certificate);
    const events: string[] = [];
    for (const event of ["secureConnect", "data", "end", "error", "close"]) client.on(event, () => events.push(event));
    await drainOf(client);
    seen.push(events);
  }
  expect(seen[0]).toEqual(seen[1]);
  expect([await proxy.denial(), await proxy.denial()]).toEqual(["rate-limited", "group-not-allowed"]);
  first.destroy();
});

test("J-12: attempts of a group that may not take nothing from the bucket", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream(greeting("hello"));
  await using proxy = await startProxy(authority, [upstream], { rateLimit: { capacity: 1, fillRate: "1h" } });
  const outside = await authority.client("alice@marketing");
  for (let turn = 0; turn < 3; turn++) await drainOf(dial(proxy.port, outside));
  const client = dial(proxy.port, await authority.client("alice@engineering"));
  expect(await letIn(client)).toBe(true);
  client.destroy();
});
