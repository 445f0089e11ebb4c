import { parseNetwork } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import type { Probe } from "../../src/platforms/detect.ts";
import { PlatformDirectory, type PlatformMemory, type Recalled } from "../../src/platforms/directory.ts";

const target = (address: string, port = 443) => ({ address, port, scheme: "https" as const });
const HERE = target("10.1.2.3");
const MINUTE = 60_000;

const ilo: Probe = async (path) => ({
  status: path === "/redfish/v1" ? 200 : 404,
  headers: new Map(),
  body: '{"@odata.id":"/redfish/v1","Oem":{"Hpe":{}}}',
});
const stranger: Probe = async () => ({ status: 503, headers: new Map(), body: "" });
const mute: Probe = async () => undefined;
const unreachable: Probe = () => Promise.reject(new TypeError("unreachable"));

interface Setting {
  readonly networks?: Readonly<Record<string, string>>;
  readonly detect?: boolean;
  readonly memory?: PlatformMemory;
}

function directoryOf({ networks = {}, detect = true, memory }: Setting = {}) {
  const platforms = Object.entries(networks).flatMap(([text, platform]) => {
    const network = parseNetwork(text);
    return network ? [{ network, platform }] : [];
  });
  const time = { now: 0 };
  const told: string[] = [];
  const directory = new PlatformDirectory({
    settings: () => ({ platforms, detect }),
    clock: () => time.now,
    onDetected: ({ address }, { name }) => told.push(`${address} ${name}`),
    ...(memory ? { memory } : {}),
  });
  return { directory, time, told };
}

describe("what is said of a controller", () => {
  const networks = { "10.0.0.0/8": "idrac8", "10.1.0.0/16": "idrac9", "10.1.2.3": "xcc", "fd00::/8": "ilo" };
  test.each([
    ["10.9.9.9", "idrac8"],
    ["10.1.9.9", "idrac9"],
    ["10.1.2.3", "xcc"],
    ["fd00::7", "ilo"],
    ["192.168.0.1", undefined],
  ])("%s is %s by the narrowest network", (address, name) => {
    for (const order of [Object.entries(networks), Object.entries(networks).reverse()]) {
      const { directory } = directoryOf({ networks: Object.fromEntries(order) });
      expect(directory.known(target(address), undefined)?.name).toBe(name);
    }
  });

  test("the token's claim holds over it", () => {
    const { directory } = directoryOf({ networks });
    expect(directory.known(HERE, "OpenBMC")?.name).toBe("openbmc");
    expect(directory.known(HERE, "generic")?.name).toBe("generic");
  });

  test("a claim that means nothing here is as if it were not there", () => {
    const { directory } = directoryOf({ networks });
    expect(directory.known(HERE, "toaster")?.name).toBe("xcc");
  });

  test("nobody is asked where DETECT_PLATFORMS says so", () => {
    expect(directoryOf({ detect: false }).directory.known(HERE, undefined)?.name).toBe("generic");
  });
});

describe("what a controller showed", () => {
  test.each([
    ["a family", ilo, "ilo", 60 * MINUTE],
    ["nothing that is known", stranger, "generic", 10 * MINUTE],
    ["nothing that can be read", mute, "generic", MINUTE / 2],
    ["nothing, because it cannot be reached", unreachable, "generic", MINUTE / 2],
  ] as const)("%s holds for its time", async (_, probe, name, holds) => {
    const { directory, time } = directoryOf();
    expect(directory.known(HERE, undefined)).toBeUndefined();
    expect((await directory.detect(HERE, probe)).name).toBe(name);
    time.now = holds - 1;
    expect(directory.known(HERE, undefined)?.name).toBe(name);
    time.now = holds;
    expect(directory.known(HERE, undefined)).toBeUndefined();
  });

  test("is told once, and only where it showed something", async () => {
    const { directory, told } = directoryOf();
    await directory.detect(HERE, ilo);
    await directory.detect(target("10.1.2.4"), stranger);
    await directory.detect(target("10.1.2.5"), unreachable);
    expect(told).toEqual(["10.1.2.3 ilo"]);
  });

  test("says nothing of another port or address", async () => {
    const { directory } = directoryOf();
    await directory.detect(HERE, ilo);
    expect(directory.known(target("10.1.2.3", 8443), undefined)).toBeUndefined();
    expect(directory.known({ ...HERE, scheme: "http" }, undefined)).toBeUndefined();
    expect(directory.known(target("10.1.2.4"), undefined)).toBeUndefined();
  });

  test("is found out once for all that wait, and anew after that", async () => {
    const { directory } = directoryOf();
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    const slow: Probe = async (path) => {
      asked++;
      await gate.promise;
      return ilo(path);
    };
    const waiting = [directory.detect(HERE, slow), directory.detect(HERE, slow), directory.detect(HERE, stranger)];
    gate.resolve();
    expect((await Promise.all(waiting)).map(({ name }) => name)).toEqual(["ilo", "ilo", "ilo"]);
    expect(asked).toBe(1);
    await directory.detect(HERE, slow);
    expect(asked).toBe(2);
  });

  test("takes a bounded place: the one that was found out first goes first", async () => {
    const { directory } = directoryOf();
    const many = Array.from({ length: 10_001 }, (_, index) => target("10.1.2.3", index + 1));
    for (const one of many) await directory.detect(one, ilo);
    expect(directory.known(target("10.1.2.3", 1), undefined)).toBeUndefined();
    expect(directory.known(target("10.1.2.3", 2), undefined)?.name).toBe("ilo");
    expect(directory.known(target("10.1.2.3", 10_001), undefined)?.name).toBe("ilo");
  });

  test("counts from when it was found out last", async () => {
    const { directory } = directoryOf();
    const at = (port: number) => target("10.1.2.3", port);
    for (let port = 1; port <= 10_000; port++) await directory.detect(at(port), ilo);
    const known = () => [1, 2, 3].filter((port) => directory.known(at(port), undefined));
    await directory.detect(at(2), ilo);
    expect(known()).toEqual([1, 2, 3]);
    await directory.detect(at(10_001), ilo);
    await directory.detect(at(10_002), ilo);
    expect(known()).toEqual([2]);
  });
});

describe("what others found out", () => {
  function memoryOf(known: Record<string, Recalled> = {}): PlatformMemory & { known: Record<string, Recalled> } {
    return {
      known,
      recall: async (target) => known[target],
      keep: async (target, recalled) => {
        known[target] = recalled;
      },
    };
  }

  test("holds here for the time that is left, without the controller being asked", async () => {
    const memory = memoryOf({ "https 10.1.2.3 443": { name: "xcc", holdsFor: 10 * MINUTE } });
    const { directory, time, told } = directoryOf({ memory });
    expect((await directory.detect(HERE, ilo)).name).toBe("xcc");
    time.now = 10 * MINUTE - 1;
    expect(directory.known(HERE, undefined)?.name).toBe("xcc");
    time.now = 10 * MINUTE;
    expect(directory.known(HERE, undefined)).toBeUndefined();
    expect(told).toEqual([]);
  });

  test("never holds longer than what is found out here", async () => {
    const memory = memoryOf({ "https 10.1.2.3 443": { name: "xcc", holdsFor: 1e12 } });
    const { directory, time } = directoryOf({ memory });
    await directory.detect(HERE, ilo);
    time.now = 60 * MINUTE;
    expect(directory.known(HERE, undefined)).toBeUndefined();
  });

  test("of a family that is not known here is as if it were not there", async () => {
    const memory = memoryOf({ "https 10.1.2.3 443": { name: "toaster", holdsFor: MINUTE } });
    expect((await directoryOf({ memory }).directory.detect(HERE, ilo)).name).toBe("ilo");
  });

  test("and what is found out here is theirs, but for what was not recognised", async () => {
    const memory = memoryOf();
    const { directory } = directoryOf({ memory });
    await directory.detect(HERE, ilo);
    await directory.detect(target("10.1.2.4"), stranger);
    expect(memory.known).toEqual({ "https 10.1.2.3 443": { name: "ilo", holdsFor: 60 * MINUTE } });
  });
});
