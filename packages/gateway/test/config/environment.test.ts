import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../src/config/load.ts";
import { configured, faultsOf, GOOD_KEY, temporaryFolder, warningsOf } from "./support.ts";

describe("a key alone", () => {
  test("is a whole configuration", async () => {
    const configuration = await configured({});
    expect(configuration).toMatchObject({
      web: {
        listen: { host: "0.0.0.0", port: 8443 },
        tls: { certPath: "origin.crt", keyPath: "origin.key", required: false },
        token: { secrets: [GOOD_KEY], algorithms: ["HS256"], cookie: "pm-session" },
        targets: { ports: [443], targetPort: 443 },
        edge: { keys: [] },
        controllers: { legacyTls: [] },
        limits: {
          ...{ sessions: 10_000, connections: 10_000, connectionsPerController: 6, frameBytes: 67_108_864 },
          ...{ idleMs: 3_600_000, headMs: 15_000, bodyMs: 30_000, dialMs: 10_000, answerMs: 60_000 },
        },
        allowNoOrigin: false,
        closeRefusedUpgrades: false,
      },
      admin: { listen: { host: "127.0.0.1", port: 8444 } },
      log: { level: "info", format: "json" },
      dataDir: "data",
      drainSeconds: 8,
      processes: 1,
    });
    expect(configuration.web.targets.networks).toHaveLength(4);
  });
});

describe("variables", () => {
  test("of every kind are read", async () => {
    const { web, ...rest } = await configured({
      LISTEN: "[::1]:9443",
      CERT_PATH: "/x/cert.pem",
      KEY_PATH: "/x/key.pem",
      GIN_MODE: "release",
      JWT_COOKIE: "other",
      JWT_KEY: GOOD_KEY + GOOD_KEY.toLowerCase(),
      JWT_ALGORITHMS: "HS256, HS512",
      JWT_AUDIENCE: "gw1",
      ALLOWED_TARGETS: "10.1.0.0/16 fd12::/16,10.2.3.4",
      ALLOWED_PORTS: "443,5900",
      TARGET_PORT: "8443",
      EDGE_KEY: GOOD_KEY,
      LEGACY_TLS: "10.1.2.0/24",
      ADMIN_LISTEN: "127.0.0.1:0",
      DATA_DIR: "/d",
      LOG_LEVEL: "warn",
      LOG_FORMAT: "pretty",
      DRAIN_SECONDS: "20",
      PROCESSES: "3",
      SALLYPORT_USER: "www-data",
      ALLOW_NO_ORIGIN: "true",
      CLOSE_REFUSED_UPGRADES: "1",
      MAX_SESSIONS: "5",
      MAX_CONNECTIONS: "6",
      MAX_CONNECTIONS_PER_CONTROLLER: "2",
      MAX_FRAME_BYTES: "1MiB",
      IDLE_SECONDS: "0",
      DIAL_SECONDS: "500ms",
      ANSWER_SECONDS: "2m",
    });
    expect(web).toMatchObject({
      listen: { host: "::1", port: 9443 },
      tls: { certPath: "/x/cert.pem", keyPath: "/x/key.pem", required: true },
      token: { cookie: "other", algorithms: ["HS256", "HS512"], audience: "gw1" },
      targets: { networks: [{ prefix: 16 }, { prefix: 16 }, { prefix: 32 }], ports: [443, 5900], targetPort: 8443 },
      edge: { keys: [GOOD_KEY] },
      controllers: { legacyTls: [{ prefix: 24 }] },
      limits: { sessions: 5, connections: 6, connectionsPerController: 2, frameBytes: 1_048_576 },
      allowNoOrigin: true,
      closeRefusedUpgrades: true,
    });
    expect(web.limits).toMatchObject({ idleMs: 0, dialMs: 500, answerMs: 120_000 });
    expect(rest).toMatchObject({ dataDir: "/d", drainSeconds: 20, processes: 3, user: "www-data" });
    expect(rest.log).toEqual({ level: "warn", format: "pretty" });
  });

  test("set to nothing count as unset", async () => {
    expect(await configured({ LISTEN: "", JWT_COOKIE: "", EDGE_KEY: "" })).toEqual(await configured({}));
  });

  test("the image's own certificate paths may be empty, others may not", async () => {
    const image = { CERT_PATH: "/etc/ssl/origin.crt", KEY_PATH: "/etc/ssl/origin.key" };
    expect((await configured(image)).web.tls.required).toBe(false);
    expect((await configured({ ...image, KEY_PATH: "/k" })).web.tls.required).toBe(true);
  });

  test("`:port` listens on every IPv4 address", async () => {
    expect((await configured({ LISTEN: ":8443" })).web.listen).toEqual({ host: "0.0.0.0", port: 8443 });
  });

  test("debug mode logs more unless told otherwise", async () => {
    expect((await configured({ GIN_MODE: "debug" })).log.level).toBe("debug");
    expect((await configured({ GIN_MODE: "debug", LOG_LEVEL: "error" })).log.level).toBe("error");
  });
});

describe("faults", () => {
  test("are told all at once, by name, with what to do", async () => {
    const faults = await faultsOf({
      LISTEN: "8443",
      GIN_MODE: "production",
      ALLOWED_TARGETS: "10.0.0.1/8",
      ALLOWED_PORTS: "443,70000",
      TARGET_PORT: "0",
      JWT_ALGORITHMS: "none",
      JWT_COOKIE: "a b",
      LOG_LEVEL: "loud",
      DRAIN_SECONDS: "soon",
      PROCESSES: "many",
      ALLOW_NO_ORIGIN: "perhaps",
      MAX_FRAME_BYTES: "1TB",
    });
    expect(faults.map((fault) => fault.split(" ")[0]).sort()).toEqual(
      [
        ...["ALLOWED_PORTS", "ALLOWED_TARGETS", "ALLOW_NO_ORIGIN", "DRAIN_SECONDS", "GIN_MODE", "JWT_ALGORITHMS"],
        ...["JWT_COOKIE", "JWT_KEY", "LISTEN", "LOG_LEVEL", "MAX_FRAME_BYTES", "PROCESSES", "TARGET_PORT"],
      ].sort(),
    );
    expect(faults.find((fault) => fault.startsWith("ALLOWED_TARGETS"))).toContain('not "10.0.0.1/8"');
  });

  test("two listeners on one port", async () => {
    const [fault] = await faultsOf({ JWT_KEY: GOOD_KEY, ADMIN_LISTEN: "127.0.0.1:8443" });
    expect(fault).toBe("ADMIN_LISTEN takes the same port as the web entrypoint (8443)");
  });
});

describe("warnings", () => {
  test.each([
    ["ALLOWED_TARGET", "ALLOWED_TARGETS"],
    ["JWT_KEYS", "JWT_KEY"],
    ["EGDE_KEY", "EDGE_KEY"],
    ["DRAIN_SECOND", "DRAIN_SECONDS"],
    ["JWT_SECRET", "JWT_KEY"],
  ])("%s looks like %s", async (name, meant) => {
    const loaded = await loadConfiguration({ environment: { JWT_KEY: GOOD_KEY, [name]: "x" } });
    expect(warningsOf(loaded)).toEqual([`${name} is not read; did you mean ${meant}?`]);
  });

  test("are not given for what is not ours", async () => {
    const environment = { JWT_KEY: GOOD_KEY, PATH: "/bin", HOSTNAME: "h", LISTEN_FDS: "1", USER: "u", LOGNAME: "l" };
    expect(warningsOf(await loadConfiguration({ environment }))).toEqual([]);
  });

  test("an admin listener that others can reach", async () => {
    const loaded = await loadConfiguration({ environment: { JWT_KEY: GOOD_KEY, ADMIN_LISTEN: "0.0.0.0:8444" } });
    expect(warningsOf(loaded)).toEqual([
      "ADMIN_LISTEN is no loopback address: whoever reaches it can read the metrics",
    ]);
  });
});

describe("secrets from files", () => {
  test("are read, each line one", async () => {
    await using folder = await temporaryFolder();
    const other = GOOD_KEY.split("").reverse().join("");
    const file = await folder.write("key", `${GOOD_KEY}\r\n${other}\n`);
    const { web } = await configured({ JWT_KEY: "", JWT_KEY_FILE: file, EDGE_KEY_FILE: file });
    expect(web.token.secrets).toEqual([GOOD_KEY, other]);
    expect(web.edge.keys).toEqual([GOOD_KEY, other]);
  });

  test("that are missing or empty are faults", async () => {
    await using folder = await temporaryFolder();
    const empty = await folder.write("empty", "\n");
    expect(await faultsOf({ JWT_KEY_FILE: `${folder.path}/none` })).toEqual([
      `JWT_KEY_FILE names a file that cannot be read (${folder.path}/none: ENOENT)`,
    ]);
    expect(await faultsOf({ JWT_KEY_FILE: empty })).toEqual([
      `JWT_KEY_FILE names a file that holds no secret (${empty})`,
    ]);
  });

  test("and the value itself at once are a fault", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.write("key", GOOD_KEY);
    expect(await faultsOf({ JWT_KEY: GOOD_KEY, JWT_KEY_FILE: file })).toEqual([
      "JWT_KEY_FILE and the secret itself are both set: leave one out",
    ]);
  });
});
