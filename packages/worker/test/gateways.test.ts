import { describe, expect, test, vi } from "vitest";
import { createGateways, rankGateways } from "../src/gateways.ts";

describe("the order of gateways", () => {
  test("one address keeps to one gateway while that one is named", async () => {
    const three = await rankGateways("10.0.0.7", ["a", "b", "c"]);
    expect([...three].sort()).toEqual(["a", "b", "c"]);
    expect(await rankGateways("10.0.0.7", ["c", "b", "a", "b"])).toEqual(three);
    for (const gone of three) {
      const without = three.filter((name) => name !== gone);
      expect(await rankGateways("10.0.0.7", without)).toEqual(without);
    }
  });

  test("addresses spread over them", async () => {
    const firsts = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => (await rankGateways(`10.0.0.${index}`, ["a", "b", "c"]))[0]),
    );
    expect(new Set(firsts).size).toBe(3);
  });
});

describe("a gateway that did not answer", () => {
  /** Two gateways of which some do not answer, at a time that the test sets. */
  function createWorld() {
    const asked: string[] = [];
    const down = new Set<string>();
    const world = { asked, down, now: 1000 };
    const gateways = createGateways({
      now: () => world.now,
      fetch: async (request) => {
        const { hostname } = new URL(new Request(request).url);
        asked.push(hostname);
        if (down.has(hostname)) throw new TypeError("no way to https://one.test/a?token=secret: refused");
        return new Response("ok");
      },
    });
    const send = (repeatable: boolean) =>
      gateways.send({
        gateways: ["one.test", "two.test"],
        address: "10.0.0.7",
        repeatable,
        build: async (gateway) => new Request(`https://${gateway}/`),
      });
    /** Whom a request went to. */
    const whoGets = async (repeatable = true) => {
      asked.length = 0;
      await send(repeatable);
      return [...asked];
    };
    return { ...world, world, whoGets };
  }

  test("is asked last for ten seconds, and then first again", async () => {
    const { world, down, whoGets } = createWorld();
    const [first = ""] = await whoGets();
    down.add(first);
    expect(await whoGets()).toHaveLength(2);
    expect(await whoGets()).not.toContain(first);
    world.now += 9.9;
    expect(await whoGets()).not.toContain(first);
    world.now += 0.1;
    expect((await whoGets())[0]).toBe(first);
  });

  test("is not remembered for a request that broke off in its body: that may have been the browser", async () => {
    const { down, whoGets } = createWorld();
    const [first = ""] = await whoGets();
    down.add(first);
    expect(await whoGets(false)).toEqual([first]);
    expect(await whoGets(false)).toEqual([first]);
  });

  test("is logged with what was wrong, and without the request's address: that has a token", async () => {
    const { down, whoGets } = createWorld();
    const [first = ""] = await whoGets();
    down.add(first);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    await whoGets();
    expect(warn.mock.calls).toEqual([
      [JSON.stringify({ event: "gateway-unreached", gateway: first, error: "TypeError: no way to … refused" })],
    ]);
    warn.mockRestore();
  });

  test("is still asked where all the others fail too", async () => {
    const { down, whoGets } = createWorld();
    for (const name of ["one.test", "two.test"]) down.add(name);
    expect(await whoGets()).toHaveLength(2);
    expect(await whoGets()).toHaveLength(2);
  });
});
