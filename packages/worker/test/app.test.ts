import { describe, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { readSettings } from "../src/settings.ts";

const KEY = "kQ7v-bq2T9_xW4sZ8fL1nR6mD3hJ5cY0";

/** The edge with a fault of its own, and what it reports of it. */
async function failingApp() {
  const reported: string[] = [];
  const waited: Promise<unknown>[] = [];
  const settings = await readSettings(
    { JWT_SECRET: KEY, SENTRY_DSN: "https://key1@errors.example.test/1" },
    { fetch, clock: () => 0 },
  );
  let asked = 0;
  const app = createApp({
    settings,
    now: () => {
      asked += 1;
      if (asked === 1) throw new RangeError("broken at https://k7.example.test/?token=SECRET");
      return 1000;
    },
    fetch: async (_, init) => {
      reported.push(String(init?.body));
      return new Response();
    },
  });
  const context = {
    waitUntil: (promise: Promise<unknown>) => void waited.push(promise),
    passThroughOnException: () => {},
    props: {},
  };
  return { app, context, reported, waited };
}

describe("a fault of our own", () => {
  const secrets = { cookie: "__Host-pm-session=SECRET; SID=SECRET", authorization: "Basic SECRET" };

  test("is a page with a reference, reported behind the answer, with nothing of the request", async () => {
    const { app, context, reported, waited } = await failingApp();
    const headers = { ...secrets, "sec-fetch-mode": "navigate", "cf-ray": "ray-1" };
    const request = new Request("https://k7.example.test/x?token=SECRET", { headers });
    const answer = await app.fetch(request, {}, context);
    expect(answer.status).toBe(500);
    const html = await answer.text();
    expect(html).toContain("Reference: ray-1");
    expect(waited).toHaveLength(1);
    await Promise.all(waited);
    const [, , event = "{}"] = reported[0]?.split("\n") ?? [];
    expect(JSON.parse(event)).toMatchObject({
      tags: { route: "pass", reference: "ray-1" },
      exception: { values: [{ type: "RangeError" }] },
    });
    for (const text of [html, reported.join()]) expect(text).not.toMatch(/SECRET|k7\.example/);
  });

  test("is JSON for a program", async () => {
    const { app, context } = await failingApp();
    const answer = await app.fetch(new Request("https://k7.example.test/", { headers: secrets }), {}, context);
    expect([answer.status, await answer.json()]).toEqual([500, { error: "Internal error" }]);
  });
});
