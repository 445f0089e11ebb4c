import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, cookiesOf } from "../../support/http-client.ts";
import { type EdgeBench, edgeToken, NAVIGATION, obedient, present, startEdgeBench } from "./support.ts";

const PORTAL = "https://portal.example.test";
let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench(
    { PORTAL_ORIGINS: `${PORTAL}, https://other-portal.example.test` },
    { answer: obedient },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

const post = (headers: Record<string, string | undefined>, fields: Record<string, string>) =>
  call(bench.edge.url, "/gpsession", {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: present({ "content-type": "application/x-www-form-urlencoded", ...headers }),
  });

describe("entry by a portal's POST", () => {
  test("a program of a portal that is listed enters at once", async () => {
    const answer = await post({ origin: PORTAL }, { token: await edgeToken() });
    expect(answer.status).toBe(302);
    expect(cookiesOf(answer)).toContain("__Host-pm-session=");
  });

  test("its form leads to a page of ours that posts once more, with this host's cookies", async () => {
    const token = await edgeToken();
    const answer = await post({ ...NAVIGATION, origin: PORTAL, "sec-fetch-site": "cross-site" }, { token });
    expect(answer.status).toBe(200);
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(answer.headers["referrer-policy"]).toBe("same-origin");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toContain(`name="token" value="${token}"`);
    const own = { ...NAVIGATION, origin: bench.edge.url, "sec-fetch-site": "same-origin" };
    const entered = await post(own, { token, "handed-over": "1" });
    expect(cookiesOf(entered)).toContain(`__Host-pm-session=${token}`);
    expect(entered.body).toContain('location.replace("/")');
  });

  test("a bad token gets no such page", async () => {
    const answer = await post({ ...NAVIGATION, origin: PORTAL }, { token: await edgeToken({}, -1) });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain("This link has expired");
    expect(answer.body).not.toContain("<form");
  });

  test.each([["https://evil.example.test"], [`${PORTAL}.evil.test`], ["null"], [undefined]])(
    "another origin (%s) does not enter",
    async (origin) => {
      const answer = await post({ origin }, { token: await edgeToken() });
      expect(answer.status).toBe(403);
      expect(answer.headers["set-cookie"]).toBeUndefined();
    },
  );

  test("nor does one that says it were a page of ours", async () => {
    const fields = { token: await edgeToken(), "handed-over": "1" };
    const answer = await post({ ...NAVIGATION, origin: "https://evil.example.test" }, fields);
    expect(answer.status).toBe(403);
    expect(answer.headers["set-cookie"]).toBeUndefined();
  });

  test("a body that is longer than any token is not read", async () => {
    const answer = await post({ origin: PORTAL }, { token: "x".repeat(100_000) });
    expect(answer.status).toBe(400);
  });
});
