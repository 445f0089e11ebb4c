import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { findChanges, takeUp } from "../../src/config/changes.ts";
import { allSettings } from "../../src/config/load.ts";
import { configured, temporaryFolder } from "./support.ts";

const KEY = "Zp4Tq9LwXn2RbV7yKc5MhGd8JsFe3uAa";
const OTHER = "Wm8Hs3QxPd6VtC1zRk9NgYb4LfJe7uTa";

/** Each setting that a file can change, away from its default. */
const CHANGED = {
  ...{ DATA_DIR: "elsewhere", DRAIN_SECONDS: "9", HANDOVER_SECONDS: "9", PROCESSES: "3", SALLYPORT_USER: "somebody" },
  ...{ ADMIN_LISTEN: "127.0.0.1:9444", LOG_LEVEL: "debug", LOG_FORMAT: "pretty", REDIS_URL: "redis://127.0.0.1" },
  ...{ ON_STORE_FAILURE: "deny", AUDIT_KEY: KEY, AUDIT_DAYS: "7", REVOCATION_DAYS: "7", LISTEN: "127.0.0.1:9443" },
  ...{ CERT_PATH: "crt", KEY_PATH: "key", ONE_TIME_LINKS: "true", SESSION_KEY: KEY, MAX_SESSIONS: "7" },
  ...{ MAX_SESSIONS_PER_PRINCIPAL: "7", MAX_SESSIONS_PER_CONTROLLER: "7", MAX_CONNECTIONS: "7" },
  ...{ HEAD_SECONDS: "7", DIAL_SECONDS: "7", ANSWER_SECONDS: "7" },
};
const TAKEN = {
  ...{ JWT_KEY: OTHER, JWT_COOKIE: "other", JWT_AUDIENCE: "gw", ALLOWED_TARGETS: "10.7.0.0/16", ALLOWED_PORTS: "5900" },
  ...{ TARGET_PORT: "8443", LEGACY_TLS: "10.7.0.0/16", PLATFORMS: "10.7.0.0/16=ilo", DETECT_PLATFORMS: "false" },
  ...{ MAX_CONNECTIONS_PER_CONTROLLER: "3", MAX_FRAME_BYTES: "1MiB", IDLE_SECONDS: "7", BODY_SECONDS: "7" },
  ...{ SESSION_SECONDS: "7" },
  ...{ MAX_ENTRIES_PER_CLIENT: "7", ALLOW_NO_ORIGIN: "true", CLOSE_REFUSED_UPGRADES: "true", ADMIN_TOKEN: KEY },
};

describe("settings that were read anew", () => {
  test("what is taken up at a start only stays and is named, the rest is taken", async () => {
    const [held, fresh] = [await configured({}), await configured({ ...CHANGED, ...TAKEN })];
    const { taken, atStart } = findChanges(held, fresh, allSettings());
    // A session's key comes with the switch, and is one of its sections.
    expect(atStart.toSorted()).toEqual(
      Object.keys(CHANGED)
        .filter((name) => name !== "SESSION_KEY")
        .toSorted(),
    );
    expect(taken.toSorted()).toEqual(
      ["admin", "web.allowNoOrigin", "web.closeRefusedUpgrades", "web.controllers", "web.limits"].concat([
        "web.targets",
        "web.token",
      ]),
    );
    const next = takeUp(held, fresh);
    for (const { env, atStart: value } of allSettings()) if (value) expect(value(next), env).toEqual(value(held));
    expect(findChanges(next, fresh, allSettings()).taken).toEqual([]);
  });

  test("every setting but files' names is either taken up or named", async () => {
    const held = await configured({});
    const files = /_FILE$|^(?:JWT_JWKS|EDGE_CA|CONTROLLER_CA)$/;
    for (const { env } of allSettings().filter((one) => !files.test(one.env))) {
      const value = { ...CHANGED, ...TAKEN, EDGE_KEY: KEY, JWT_ALGORITHMS: "HS512", GIN_MODE: "debug" }[env];
      expect(value, env).toBeDefined();
      const more =
        env === "ONE_TIME_LINKS" ? { SESSION_KEY: KEY } : env === "SESSION_KEY" ? { ONE_TIME_LINKS: "1" } : {};
      const key = env === "JWT_ALGORITHMS" ? { JWT_KEY: `${KEY}${KEY}` } : {};
      const fresh = await configured({ [env]: String(value), ...more, ...key });
      const { taken, atStart } = findChanges(held, fresh, allSettings());
      expect([...taken, ...atStart].length, env).toBeGreaterThan(0);
    }
  });

  test("keys are replaced, but whether the edge has to prove itself is decided at a start", async () => {
    const [none, one, other] = [
      await configured({}),
      await configured({ EDGE_KEY: KEY }),
      await configured({ EDGE_KEY: OTHER }),
    ];
    expect(takeUp(one, other).web.edge.keys).toEqual([OTHER]);
    expect(findChanges(one, other, allSettings())).toEqual({ taken: ["web.edge"], atStart: [] });
    for (const [held, fresh] of [
      [one, none],
      [none, one],
    ] as const) {
      expect(takeUp(held, fresh).web.edge.keys).toEqual(held.web.edge.keys);
      expect(findChanges(held, fresh, allSettings())).toEqual({ taken: [], atStart: ["EDGE_KEY"] });
    }
  });

  test("a secret in a file is named once, and listeners under tcp are named", async () => {
    await using folder = await temporaryFolder();
    const file = await folder.write("audit.key", KEY);
    const listener = `{ listen: 127.0.0.1:0, tls: { ca: a, cert: b, key: c }, authorizedGroups: [g], upstreams: [h:1] }`;
    const path = await folder.write("sallyport.yaml", `tcp: [${listener}]\n`);
    const [held, fresh] = [await configured({}), await configured({ AUDIT_KEY_FILE: file }, path)];
    expect(findChanges(held, fresh, allSettings()).atStart).toEqual(["AUDIT_KEY", "tcp"]);
    expect(isDeepStrictEqual(takeUp(held, fresh), held)).toBe(true);
  });
});
