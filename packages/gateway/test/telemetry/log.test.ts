import { afterEach, describe, expect, test, vi } from "vitest";
import type { LogConfiguration } from "../../src/config/configuration.ts";
import { createLog } from "../../src/telemetry/log.ts";

const SECRET = "s3cr3t-value";
const JSON_LOG: LogConfiguration = { level: "debug", format: "json" };

function captured(configuration = JSON_LOG) {
  const lines: string[] = [];
  return { lines, log: createLog(configuration, { write: (line) => lines.push(line) }) };
}

afterEach(() => void vi.useRealTimers());

describe("a log line", () => {
  test("is one JSON object with level, time and message", () => {
    const { lines, log } = captured();
    log.child({ request: "r1" }).info({ reason: "token-expired", session: "abc" }, "refused");
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    expect(line).toMatchObject({ level: "info", message: "refused", reason: "token-expired", request: "r1" });
    expect(Date.parse(String(line.time))).toBeGreaterThan(0);
  });

  test("says when it was written, to the millisecond, whatever the clock does", () => {
    vi.useFakeTimers();
    const times = ["2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00.000Z", "2026-11-22T00:00:00.007Z"];
    const { lines, log } = captured();
    for (const time of [...times, times[0] as string]) {
      vi.setSystemTime(new Date(time));
      log.info({}, "now");
    }
    expect(lines.map((line) => JSON.parse(line).time)).toEqual([...times, times[0]]);
  });

  test("is left out below the level", () => {
    const { lines, log } = captured({ level: "warn", format: "json" });
    log.info({}, "quiet");
    log.warn({}, "loud");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["loud"]);
  });

  test("reads as text in the pretty format", () => {
    const { lines, log } = captured({ level: "info", format: "pretty" });
    log.warn({ port: 8443, error: new Error("no route") }, "not reached");
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}not reached port=8443\n {2}Error: no route\n/);
  });
});

describe("secrets are taken out", () => {
  const names = [
    ...["Cookie", "set-cookie", "Authorization", "X-Auth-Token", "XSRF-TOKEN", "X-XSRF-TOKEN", "X-CSRFTOKEN"],
    ...["CSRF_TOKEN", "ST2", "user", "password", "Sec-WebSocket-Protocol", "x-pm-token", "x-pm-auth-token", "token"],
    ...["sessionKey", "VCSID0", "pm-session", "__Host-pm-session", "JWT_KEY"],
  ];

  test.each(names)("field %s, at any depth and in a child", (name) => {
    const { lines, log } = captured();
    const headers = { [name]: SECRET, accept: "text/html" };
    log.child({ [name]: SECRET }).info({ [name]: [SECRET], headers, list: [{ deep: headers }] }, "x");
    expect(lines[0]).not.toContain(SECRET);
    expect(lines[0]).toContain("text/html");
  });

  test.each(names)("raw header %s", (name) => {
    const { lines, log } = captured();
    log.info({ rawHeaders: ["accept", "text/html", name, SECRET] }, "x");
    expect(lines[0]).not.toContain(SECRET);
    expect(lines[0]).toContain("text/html");
  });

  test.each(["vck", "vmk", "VCSID12", "ST1", "CSRFTOKEN", "token", "sessionKey", "headers", "%74oken"])(
    "query parameter %s, in fields and messages",
    (name) => {
      const { lines, log } = captured();
      const url = `/path?a=1&${name}=${SECRET}&b=2`;
      log.info({ url, error: new Error(`bad ${url}`, { cause: new Error(url) }) }, `GET ${url}`);
      expect(lines[0]).not.toContain(SECRET);
      expect(lines[0]?.match(/b=2/g)?.length).toBeGreaterThanOrEqual(4);
    },
  );

  test.each([
    "Authorization header Bearer s3cr3t-value",
    "Cookie: a=s3cr3t-value; b=s3cr3t-value",
    '{"user":"root","password":"s3cr3t-value"}',
    "eyJhbGciOiJIUzI1NiJ9.s3cr3t-value.s3cr3t-value",
  ])("text %s", (text) => {
    const { lines, log } = captured();
    log.error({ detail: text }, text);
    expect(lines[0]).not.toContain(SECRET);
  });

  test("maps, header objects and bytes are no way around", () => {
    const { lines, log } = captured();
    log.info({ m: new Map([["cookie", SECRET]]), h: new Headers({ cookie: SECRET }), b: Buffer.from(SECRET) }, "x");
    expect(lines[0]).not.toContain(SECRET);
    expect(lines[0]).toContain("[12 bytes]");
  });

  test("a cycle ends", () => {
    const { lines, log } = captured();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    log.info(loop, "round");
    expect(lines[0]).toContain("[deep]");
  });
});
