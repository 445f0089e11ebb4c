import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { configured, faultsOf, GOOD_KEY, temporaryFolder } from "./support.ts";

async function withFile<Result>(content: string, use: (path: string, folder: string) => Promise<Result>) {
  await using folder = await temporaryFolder();
  return await use(await folder.write("sallyport.yaml", content), folder.path);
}

describe("sallyport.yaml", () => {
  test("holds what the environment does, in sections", async () => {
    const content = `
dataDir: ./data
drain: 20s
processes: 2
admin: { listen: 127.0.0.1:9444 }
web:
  listen: 0.0.0.0:9443
  tls: { cert: origin.crt, key: /k/origin.key }
  token: { key: "${GOOD_KEY}", cookie: other }
  targets: { networks: [10.0.0.0/8], ports: [443, 5900] }
  limits: { idle: 5m }
  controllers:
`;
    await withFile(content, async (path, folder) => {
      const { web, ...rest } = await configured({ JWT_KEY: "" }, path);
      expect(rest).toMatchObject({ dataDir: join(folder, "data"), drainSeconds: 20, processes: 2 });
      expect(rest.admin.listen.port).toBe(9444);
      expect(web.tls).toEqual({ certPath: join(folder, "origin.crt"), keyPath: "/k/origin.key", required: true });
      expect(web.token).toMatchObject({ secrets: [GOOD_KEY], cookie: "other" });
      expect(web.targets).toMatchObject({ networks: [{ prefix: 8 }], ports: [443, 5900] });
      expect(web.limits.idleMs).toBe(300_000);
    });
  });

  test("gives way to the environment, whichever way a secret is given", async () => {
    const content = "web:\n  listen: 127.0.0.1:1\n  token: { keyFile: nowhere }\n";
    await withFile(content, async (path) => {
      const { web } = await configured({ LISTEN: "127.0.0.1:2" }, path);
      expect(web.listen.port).toBe(2);
      expect(web.token.secrets).toEqual([GOOD_KEY]);
    });
  });

  test("an unknown key is named with its line and the nearest known one", async () => {
    const content = `web:\n  token:\n    kye: "${GOOD_KEY}"\n  tragets: {}\nadmin:\n  lisen: x\nweather: fine\n`;
    await withFile(content, async (path) => {
      const faults = await faultsOf({}, path);
      expect(faults).toContain('web.token.kye (line 3) is no known key; did you mean "key"?');
      expect(faults).toContain('web.tragets (line 4) is no known key; did you mean "targets"?');
      expect(faults).toContain('admin.lisen (line 6) is no known key; did you mean "listen"?');
      expect(faults.find((fault) => fault.startsWith("weather (line 7)"))).toContain("known here: mode, dataDir");
      expect(faults.join()).not.toContain(GOOD_KEY);
    });
  });

  test("a bad value is named by key and line, one of the environment by its variable", async () => {
    const content = `web:\n  token: { key: 12345678 }\n  targets:\n    ports: [443, http]\n  limits: 5\n`;
    await withFile(content, async (path) => {
      expect(await faultsOf({ TARGET_PORT: "x" }, path)).toEqual([
        "web.token.key (line 2) must be text (a number needs quotes in the file), one secret a line",
        'web.targets.ports (line 4) must be a whole number from 1 to 65535, not "http"',
        'TARGET_PORT must be a whole number from 1 to 65535, not "x"',
        "web.limits (line 5) must be a section with keys of its own",
      ]);
    });
  });

  test("that is no YAML is a fault with its line, without a word of what stands there", async () => {
    await withFile(`web:\n  token: { key: "${GOOD_KEY}\n`, async (path) => {
      const faults = await faultsOf({}, path);
      expect(faults[0]).toMatch(/\(line \d+\) is no valid YAML here/);
      expect(faults.join()).not.toContain(GOOD_KEY);
    });
    await withFile("- a\n- b\n", async (path) => {
      expect(await faultsOf({}, path)).toEqual([`${path} must hold keys and values at its top`]);
    });
    await withFile("web: {}\nweb: {}\n", async (path) => {
      expect(await faultsOf({}, path)).toEqual([`${path} (line 2) is no valid YAML here (duplicate key)`]);
    });
  });

  test("that is missing is a fault", async () => {
    expect(await faultsOf({}, "/nowhere/sallyport.yaml")).toEqual(["/nowhere/sallyport.yaml cannot be read (ENOENT)"]);
  });

  test("may be empty", async () => {
    await withFile("# nothing yet\n", async (path) => {
      expect(await configured({}, path)).toEqual(await configured({}));
    });
  });
});
