import { describe, expect, test } from "vitest";
import { createReporter, isDsn } from "../src/report.ts";

const INCIDENT = { route: "pass", reference: "r1" };

/** A reporter and what it sent. */
function reporting(answer: typeof fetch = async () => new Response()) {
  const sent: { url: string; body: string; signal: AbortSignal | null | undefined }[] = [];
  const world = { now: 6000 };
  const reporter = createReporter({
    dsn: "https://key1@errors.example.test/prefix/42",
    now: () => world.now,
    fetch: async (url, init) => {
      sent.push({ url: String(url), body: String(init?.body), signal: init?.signal });
      return answer(url, init);
    },
  });
  return { reporter, sent, world };
}

describe("error reports", () => {
  test("kind and place, and nothing of the request or the message", async () => {
    const { reporter, sent } = reporting();
    await reporter.report(new TypeError("eyJhbGciOi secret https://k7/?vck=1"), INCIDENT);
    expect(sent[0]?.url).toBe("https://errors.example.test/prefix/api/42/envelope/?sentry_version=7&sentry_key=key1");
    const [, , event = ""] = sent[0]?.body.split("\n") ?? [];
    const { exception, tags } = JSON.parse(event);
    expect(exception.values[0].type).toBe("TypeError");
    expect(exception.values[0].stacktrace.frames.at(-1).filename).toBe("report.test.ts");
    expect(tags).toEqual(INCIDENT);
    for (const word of ["secret", "eyJ", "vck", "k7"]) expect(sent[0]?.body).not.toContain(word);
  });

  test.each([
    "failed at fetch (https://gateway/a?token=SECRET:1:2)",
    "failed\n    at fetch (https://gateway/SECRET.js:1:2)",
    "failed\n    at SECRET (index.js:1:2)",
  ])("a message that looks like a stack is none: %j", async (message) => {
    const { reporter, sent } = reporting();
    await reporter.report(new Error(message), INCIDENT);
    expect(sent[0]?.body).not.toContain("SECRET");
    expect(sent[0]?.body).toContain("report.test.ts");
  });

  test("ten a minute, whatever happens", async () => {
    const { reporter, sent, world } = reporting();
    for (let count = 0; count < 25; count++) await reporter.report(new Error("x"), INCIDENT);
    expect(sent).toHaveLength(10);
    world.now += 60;
    await reporter.report(new Error("x"), INCIDENT);
    expect(sent).toHaveLength(11);
  });

  test("a service that does not answer is given up, and one that fails fails nothing else", async () => {
    const hanging = reporting(
      (_, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(new Error()))),
    );
    const started = performance.now();
    await hanging.reporter.report(new Error("x"), INCIDENT);
    expect(performance.now() - started).toBeLessThan(4000);
    await reporting(() => Promise.reject(new Error("down"))).reporter.report("no error at all", INCIDENT);
  });

  test("without a DSN nothing is sent", async () => {
    const fetch = () => Promise.reject(new Error("called"));
    await createReporter({ dsn: undefined, fetch, now: () => 0 }).report(new Error("x"), INCIDENT);
  });

  test.each(["x", "https://errors.example.test/1", "https://key@errors.example.test/", "ftp://key@host/1"])(
    "%s is no DSN",
    (text) => expect(isDsn(text)).toBe(false),
  );
});
