import { randomUUID } from "node:crypto";
import { type AuditEntry, type Revocation, revocationKey, type SessionRow, type Store } from "@sallyport/gateway";
import { describe, expect, test } from "vitest";

const NOW = Math.floor(Date.now() / 1000);

const revocation = (value: string, more: Partial<Revocation> = {}): Revocation => ({
  key: revocationKey("jti", value),
  kind: "jti",
  value,
  at: NOW,
  ...more,
});

const entry = (writer: string, seq: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  writer,
  seq,
  at: NOW + seq,
  body: `{"n":${seq},"text":"é \\" \\n"}`,
  mac: `mac-${seq}`,
  ...more,
});

const NO_LIMITS = { token: 1_000, principal: 1_000, target: 1_000 };

async function allRevocations(store: Store): Promise<readonly Revocation[]> {
  return (await store.revocationsAfter(0, 100_000)).revocations;
}

export interface Contract {
  readonly name: string;
  /** A handle on the one store of this suite: another one where the store can be shared. */
  open(): Promise<Store>;
  /** Whether two handles see the same. */
  readonly shared: boolean;
}

/** What every store does, whatever is behind it. Values are random: the store is one and the same for all tests. */
export function storeContract({ name, open, shared }: Contract): void {
  describe(name, () => {
    test("has an epoch that stays", async () => {
      await using one = await use(open);
      const epoch = await one.store.epoch();
      expect(epoch.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(epoch.since).toBeGreaterThan(NOW - 600);
      expect(await one.store.epoch()).toEqual(epoch);
    });

    revocations(open);
    links(open, shared);
    directory(open);
    audit(open);
    usage(open);
    platforms(open);
    if (shared) sharing(open);

    test("is closed twice without harm, and then says so", async () => {
      const store = await open();
      await store.close();
      await store.close();
      await expect(store.epoch()).rejects.toThrow();
    });
  });
}

type Open = Contract["open"];

async function use(open: Open): Promise<AsyncDisposable & { store: Store }> {
  const store = await open();
  return { store, [Symbol.asyncDispose]: () => store.close() };
}

function revocations(open: Open): void {
  test("keeps revocations in order, with all they say, and pages through them", async () => {
    await using one = await use(open);
    const { store } = one;
    const before = await store.revocationsAfter(0, 100_000);
    const made = [
      revocation(randomUUID(), { note: "lost laptop", until: NOW + 9_000 }),
      revocation(randomUUID(), { kind: "principal", before: NOW - 0.5 }),
      revocation(randomUUID()),
    ];
    await store.revoke(made);
    const first = await store.revocationsAfter(before.cursor, 2);
    expect(first.revocations).toEqual(made.slice(0, 2));
    const second = await store.revocationsAfter(first.cursor, 2);
    expect(second.revocations).toEqual(made.slice(2));
    expect(await store.revocationsAfter(second.cursor, 2)).toEqual({ revocations: [], cursor: second.cursor });
  });

  test("a second revocation of the same takes the first one's place, and is seen by who had read that", async () => {
    await using one = await use(open);
    const value = randomUUID();
    await one.store.revoke([revocation(value, { before: NOW, until: NOW + 9_000 })]);
    const { cursor } = await one.store.revocationsAfter(0, 100_000);
    await one.store.revoke([revocation(value)]);
    expect((await one.store.revocationsAfter(cursor, 10)).revocations).toEqual([revocation(value)]);
    expect((await allRevocations(one.store)).filter((other) => other.value === value)).toHaveLength(1);
  });

  test("forgets what may be forgotten, and nothing else", async () => {
    await using one = await use(open);
    const [over, later, never] = [randomUUID(), randomUUID(), randomUUID()];
    await one.store.revoke([
      revocation(over, { until: NOW - 1 }),
      revocation(later, { until: NOW + 50 }),
      revocation(never),
    ]);
    expect(await one.store.prune(NOW)).toBeGreaterThan(0);
    const left = (await allRevocations(one.store)).map(({ value }) => value);
    expect([over, later, never].map((value) => left.includes(value))).toEqual([false, true, true]);
  });

  test("tells of its own revocations", async () => {
    await using one = await use(open);
    const { promise, resolve } = Promise.withResolvers<void>();
    one.store.onChange(resolve);
    await one.store.revoke([revocation(randomUUID())]);
    await promise;
  });

  test("takes very many at once", async () => {
    await using one = await use(open);
    const { cursor } = await one.store.revocationsAfter(0, 100_000);
    await one.store.revoke(Array.from({ length: 2_000 }, () => revocation(randomUUID(), { until: NOW })));
    expect((await one.store.revocationsAfter(cursor, 5_000)).revocations).toHaveLength(2_000);
    await one.store.prune(NOW);
    await one.store.prune(NOW);
  });
}

function links(open: Open, shared: boolean): void {
  test("gives a link to one of many who ask at once", async () => {
    await using one = await use(open);
    await using other = shared ? await use(open) : { store: one.store, [Symbol.asyncDispose]: async () => {} };
    const link = { jti: `a/b ü ${randomUUID()}`, until: NOW + 600 };
    const asked = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? one : other).store.consume(link));
    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    expect(await one.store.consume(link)).toBe(false);
  });

  test("takes back what another store knew", async () => {
    await using one = await use(open);
    const link = { jti: randomUUID(), until: NOW + 600 };
    await one.store.restoreLinks([link, link]);
    expect(await one.store.consume(link)).toBe(false);
  });
}

function row(more: Partial<SessionRow> = {}): SessionRow {
  return {
    instance: "one",
    name: randomUUID(),
    tokenHash: randomUUID(),
    principal: randomUUID(),
    address: randomUUID(),
    startedAt: NOW,
    expiresAt: NOW + 600,
    ...more,
  };
}

function directory(open: Open): void {
  test("shows who is inside, of processes that live", async () => {
    await using one = await use(open);
    const [instance, gone] = [randomUUID(), randomUUID()];
    const mine = row({ instance, tenant: "t", client: "192.0.2.7" });
    const lost = row({ instance: gone });
    expect(await one.store.beat(gone, NOW - 60)).toBe(true);
    await one.store.openSession(lost, NO_LIMITS);
    expect(await one.store.beat(instance, NOW)).toBe(true);
    expect(await one.store.beat(instance, NOW)).toBe(false);
    expect(await one.store.beat(gone, NOW - 60)).toBe(true);
    await one.store.openSession(mine, NO_LIMITS);
    const names = [mine.name, lost.name];
    const shown = async () => (await one.store.sessions(NOW)).filter(({ name }) => names.includes(name));
    expect(await shown()).toEqual([mine]);
    await one.store.closeSessions(instance, [mine.name, "never-was"]);
    expect(await shown()).toEqual([]);
  });

  test.each([
    ["token", { tokenHash: randomUUID() }],
    ["principal", { principal: randomUUID(), tenant: "t" }],
    ["target", { address: randomUUID() }],
  ] as const)("counts sessions of one %s over processes", async (limit, same) => {
    await using one = await use(open);
    const { store } = one;
    const [here, there, gone] = [randomUUID(), randomUUID(), randomUUID()];
    await Promise.all([store.beat(here, NOW), store.beat(there, NOW), store.beat(gone, NOW - 60)]);
    const limits = { ...NO_LIMITS, [limit]: 2 };
    await store.openSession(row({ ...same, instance: gone }), NO_LIMITS);
    const first = row({ ...same, instance: here });
    expect(await store.openSession(first, limits)).toBeUndefined();
    expect(await store.openSession({ ...first, instance: there }, limits)).toBeUndefined();
    expect(await store.openSession(row({ ...same, instance: there }), limits)).toBeUndefined();
    expect(await store.openSession(row({ ...same, instance: there }), limits)).toBe(limit);
    expect(await store.openSession({ ...first, expiresAt: NOW + 900 }, limits)).toBeUndefined();
    await store.closeSessions(here, [first.name]);
    await store.closeSessions(there, [first.name]);
    expect(await store.openSession(row({ ...same, instance: here }), limits)).toBeUndefined();
  });

  test("a principal of another tenant is another one", async () => {
    await using one = await use(open);
    const [instance, principal] = [randomUUID(), String(randomUUID())];
    await one.store.beat(instance, NOW);
    const limits = { ...NO_LIMITS, principal: 1 };
    const open1 = (tenant?: string) => one.store.openSession(row({ instance, principal, tenant }), limits);
    expect([await open1("a"), await open1("b"), await open1(), await open1("a"), await open1()]).toEqual([
      undefined,
      undefined,
      undefined,
      "principal",
      "principal",
    ]);
  });
}

function audit(open: Open): void {
  test("keeps each writer's chain, byte for byte, and knows its head", async () => {
    await using one = await use(open);
    const [writer, other] = [randomUUID(), randomUUID()];
    const chain = [1, 2, 3].map((seq) => entry(writer, seq));
    await one.store.appendAudit([...chain, entry(other, 1)]);
    await one.store.appendAudit([entry(writer, 3, { mac: "second" }), entry(writer, 4)]);
    expect(await one.store.auditOf(writer, 0, 10)).toEqual([...chain, entry(writer, 4)]);
    expect(await one.store.auditOf(writer, 1, 2)).toEqual(chain.slice(1));
    const heads = (await one.store.auditHeads()).filter((head) => head.writer === writer || head.writer === other);
    expect(heads).toEqual(
      [
        { writer, seq: 4, mac: "mac-4" },
        { writer: other, seq: 1, mac: "mac-1" },
      ].sort((left, right) => (left.writer < right.writer ? -1 : 1)),
    );
  });

  test("shows the newest of all writers", async () => {
    await using one = await use(open);
    const [writer, other] = [randomUUID(), randomUUID()];
    const future = NOW + 1_000_000 + Math.floor(performance.now());
    const at = (seconds: number) => ({ at: future + seconds });
    await one.store.appendAudit([entry(writer, 1, at(1)), entry(writer, 2, at(3)), entry(other, 1, at(2))]);
    expect(await one.store.auditRecent(2)).toEqual([entry(other, 1, at(2)), entry(writer, 2, at(3))]);
  });

  test("lets go of a chain's beginning and keeps what it was", async () => {
    await using one = await use(open);
    const writer = randomUUID();
    await one.store.appendAudit([1, 2, 3].map((seq) => entry(writer, seq)));
    const anchor = { writer, seq: 2, mac: "mac-2", signature: "signed" };
    await one.store.pruneAudit(anchor);
    expect(await one.store.auditOf(writer, 0, 10)).toEqual([entry(writer, 3)]);
    expect((await one.store.auditAnchors()).filter((other) => other.writer === writer)).toEqual([anchor]);
    await one.store.pruneAudit({ ...anchor, seq: 3, mac: "mac-3" });
    expect((await one.store.auditHeads()).find((head) => head.writer === writer)).toMatchObject({
      seq: 3,
      mac: "mac-3",
    });
  });

  test("lets go of less than another process did without harm: the later beginning stays the anchor", async () => {
    await using one = await use(open);
    const writer = randomUUID();
    await one.store.appendAudit([1, 2, 3].map((seq) => entry(writer, seq)));
    const anchor = (seq: number) => ({ writer, seq, mac: `mac-${seq}`, signature: `signed-${seq}` });
    await one.store.pruneAudit(anchor(2));
    await one.store.pruneAudit(anchor(1));
    expect((await one.store.auditAnchors()).filter((other) => other.writer === writer)).toEqual([anchor(2)]);
    expect(await one.store.auditOf(writer, 0, 10)).toEqual([entry(writer, 3)]);
  });
}

function usage(open: Open): void {
  test("adds up usage, and a batch that comes twice once", async () => {
    await using one = await use(open);
    const hour = 3600 * Math.floor(Math.random() * 1e9);
    const writer = randomUUID();
    const principal = "a b";
    const counted = { principal, tenant: "", target: "10.0.0.7", hour, received: 10, sent: 2 ** 40, seconds: 0.5 };
    await one.store.addUsage({ writer, number: 1, rows: [counted] });
    await one.store.addUsage({ writer, number: 1, rows: [counted] });
    await one.store.addUsage({ writer, number: 2, rows: [counted, { ...counted, target: "10.0.0.8" }] });
    expect(await one.store.usage({ from: hour, to: hour + 1, limit: 10 })).toEqual([
      { ...counted, received: 20, sent: 2 ** 41, seconds: 1 },
      { ...counted, target: "10.0.0.8" },
    ]);
    expect(await one.store.usage({ from: hour + 1, to: hour + 2, limit: 10 })).toEqual([]);
  });

  test("pages through usage in its order, over hours, without leaving out or repeating a row", async () => {
    await using one = await use(open);
    const from = 3600 * Math.floor(Math.random() * 1e9);
    const to = from + 3 * 3600;
    const rows = [from, from + 3600, from + 2 * 3600].flatMap((hour) =>
      ["a", "a b", "é"].flatMap((principal) =>
        ["", "t"].flatMap((tenant) =>
          ["10.0.0.10", "10.0.0.9"].map((target) => {
            return { hour, principal, tenant, target, received: 1, sent: 2, seconds: 3 };
          }),
        ),
      ),
    );
    await one.store.addUsage({ writer: randomUUID(), number: 1, rows: rows.toReversed() });
    const read: typeof rows = [];
    for (const _ of rows) {
      const page = await one.store.usage({ from, to, limit: 5, after: read.at(-1) });
      expect(page.length).toBe(Math.min(5, rows.length - read.length));
      read.push(...page);
    }
    expect(read).toEqual(rows);
    const before = { hour: from - 1, principal: "z", tenant: "z", target: "z" };
    expect(await one.store.usage({ from, to, limit: 1, after: before })).toEqual(rows.slice(0, 1));
  });
}

function sharing(open: Open): void {
  test("what one writes another is told of within a second, and reads", async () => {
    await using one = await use(open);
    await using other = await use(open);
    const { cursor } = await other.store.revocationsAfter(0, 100_000);
    const heard = Promise.withResolvers<void>();
    other.store.onChange(() => heard.resolve());
    const made = revocation(randomUUID());
    await one.store.revoke([made]);
    await heard.promise;
    expect((await other.store.revocationsAfter(cursor, 10)).revocations).toEqual([made]);
  });
}

function platforms(open: Open): void {
  test("remembers what a controller is until its time is over, the newest word of it", async () => {
    await using one = await use(open);
    const { store } = one;
    const target = `https 10.0.0.1 ${randomUUID()}`;
    expect(await store.platformOf(target, NOW)).toBeUndefined();
    await store.rememberPlatform({ target, platform: "ilo", until: NOW + 10 });
    await store.rememberPlatform({ target, platform: "idrac9", until: NOW + 50.5 });
    const known = { target, platform: "idrac9", until: NOW + 50.5 };
    expect(await store.platformOf(target, NOW + 50)).toEqual(known);
    expect(await store.platformOf(target, NOW + 50.5)).toBeUndefined();
    expect(await store.platformOf(`${target} `, NOW)).toBeUndefined();
    await store.prune(NOW + 20);
    expect(await store.platformOf(target, NOW)).toEqual(known);
    expect(await store.prune(NOW + 51)).toBeGreaterThan(0);
    expect(await store.platformOf(target, NOW)).toBeUndefined();
  });

  test("remembers a bounded number of controllers: those go first whose time is over first", async () => {
    await using one = await use(open);
    const { store } = one;
    const name = (n: number) => `https 10.0.0.2 ${n}`;
    for (let from = 0; from < 10_001; from += 500) {
      const some = Array.from({ length: Math.min(500, 10_001 - from) }, (_, index) => from + index);
      await Promise.all(
        some.map((n) => store.rememberPlatform({ target: name(n), platform: "ilo", until: NOW + 1_000 + n })),
      );
    }
    expect(await store.platformOf(name(0), NOW)).toBeUndefined();
    expect(await store.platformOf(name(1), NOW)).toMatchObject({ platform: "ilo" });
    expect(await store.platformOf(name(10_000), NOW)).toMatchObject({ platform: "ilo" });
  });
}
