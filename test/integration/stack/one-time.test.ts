import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { revocationKey } from "@sallyport/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Called, call, cookiesOf } from "../../support/http-client.ts";
import { type Stack, startStack } from "../../support/stack.ts";

const SESSION_KEY = "a-session-key-for-tests-of-32-bytes-x";

let folder: string;
/** Two edges with a gateway each, on one store. */
let stacks: readonly [Stack, Stack];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sallyport-once-"));
  const start = () =>
    startStack({
      gateway: { dataDir: folder, web: { sessionKeys: [SESSION_KEY] } },
      vars: { ONE_TIME_LINKS: "true", SESSION_KEY },
    });
  stacks = [await start(), await start()];
});
afterAll(async () => {
  for (const stack of stacks) await stack[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const link = (claims: object = {}) => stacks[0].token({ port: stacks[0].bmc.port, jti: randomUUID(), ...claims });

const BROWSER = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document", accept: "text/html" };

/** What a browser does with a link: the page that it leads to posts itself. */
function use({ edge }: Stack, token: string): Promise<Called> {
  const headers = { ...BROWSER, origin: edge.url, "content-type": "application/x-www-form-urlencoded" };
  return call(edge.url, "/gpsession", { method: "POST", body: `token=${token}&handed-over=1`, headers });
}

const page = ({ edge }: Stack, cookie: string) => call(edge.url, "/redfish/v1/", { headers: { cookie } });

describe("a link that works once", () => {
  test("is not used up by whoever looks at it, lets one in, and says then that it was used", async () => {
    const [{ edge }] = stacks;
    const token = await link();
    for (const method of ["GET", "HEAD", "GET"]) {
      const looked = await call(edge.url, `/gpsession?token=${token}`, { method, headers: BROWSER });
      expect([looked.status, looked.headers["set-cookie"], looked.headers["cache-control"]]).toEqual([
        200,
        undefined,
        "no-store",
      ]);
      if (method === "GET") expect(looked.body).toContain(`<form id="entry" method="post"`);
    }
    const first = await use(stacks[0], token);
    expect(first.status).toBe(200);
    const cookie = cookiesOf(first);
    expect(cookie).toContain("__Host-pm-session=");
    expect(cookie).not.toContain(token);
    expect((await page(stacks[0], cookie)).status).toBe(200);
    for (const stack of stacks) {
      const again = await use(stack, token);
      expect([again.status, again.headers["set-cookie"]]).toEqual([410, undefined]);
      expect(again.body).toContain("This link was used already");
    }
    expect((await page(stacks[1], cookie)).status).toBe(200);
  });

  test("opened at the same moment through two gateways lets exactly one in, ten times over", async () => {
    for (let round = 0; round < 10; round++) {
      const token = await link();
      const answers = await Promise.all([use(stacks[0], token), use(stacks[1], token)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 410]);
    }
  });

  test("is no session by itself, at neither gate", async () => {
    const token = await link();
    expect((await page(stacks[0], `__Host-pm-session=${token}`)).status).toBe(403);
    const { gateway } = stacks[0];
    const denial = gateway.gateway.store.auditRecent(1_000);
    expect(JSON.stringify(await denial)).not.toContain(token);
  });

  test.each([
    ["name", { jti: undefined }],
    ["age", { iat: undefined }],
    ["younger store: it may have been used before that", { iat: 1_000 }],
  ])("without a %s lets nobody in", async (_, claims) => {
    expect((await use(stacks[0], await link(claims))).status).not.toBe(200);
  });

  test("that is revoked ends the session that it opened", async () => {
    const jti = randomUUID();
    const cookie = cookiesOf(await use(stacks[0], await link({ jti })));
    expect((await page(stacks[0], cookie)).status).toBe(200);
    const now = Date.now() / 1000;
    await stacks[1].gateway.gateway.store.revoke([
      { key: revocationKey("jti", jti), kind: "jti", value: jti, at: now },
    ]);
    await stacks[0].gateway.waitForLine(({ message, reason }) => message === "session ended" && reason === "revoked");
    expect((await page(stacks[0], cookie)).status).toBe(401);
  });

  test("renews a session, and is used up by that", async () => {
    const [stack] = stacks;
    const cookie = cookiesOf(await use(stack, await link({ sub: "a" })));
    expect((await page(stack, cookie)).status).toBe(200);
    const fresh = await link({ sub: "a" });
    const headers = { cookie, origin: stack.edge.url, "content-type": "application/json" };
    const renew = (token: string) =>
      call(stack.edge.url, "/gpsession", { method: "POST", body: JSON.stringify({ token }), headers });
    const renewed = await renew(fresh);
    expect(renewed.status).toBe(200);
    expect(cookiesOf(renewed)).not.toContain(fresh);
    expect((await page(stack, cookiesOf(renewed))).status).toBe(200);
    expect((await use(stack, fresh)).status).toBe(410);
  });
});
