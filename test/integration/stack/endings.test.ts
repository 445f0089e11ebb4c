import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Stack, startStack } from "../../support/stack.ts";
import { Customer, closing, typed } from "./customer.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack[Symbol.asyncDispose]());

const token = (claims: object, seconds: number) => stack.token({ port: stack.bmc.port, sub: "a", ...claims }, seconds);

describe("a console that outlives its token", () => {
  test("is closed within a second of the expiry, with a code and reason that the page can read", async () => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 3));
    const expiry = Math.floor(Date.now() / 1000) + 3;
    const { code, reason, at } = await closing(await customer.console());
    expect([code, reason]).toEqual([4001, "sallyport:expired"]);
    expect(at).toBeGreaterThan((expiry - 1) * 1000);
    expect(at).toBeLessThan((expiry + 2) * 1000);
    expect((await customer.send("/redfish/v1/Systems/system")).status).toBe(403);
  });

  test("stays open with a fresh token, and ends with that one", async () => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 3));
    const console = await customer.console();
    const ended = closing(console);
    const first = Date.now();
    expect((await customer.renew(await token({}, 6))).status).toBe(200);
    await typed(console, "echo still-here", "still-here");
    const { code, at } = await ended;
    expect(code).toBe(4001);
    expect(at - first).toBeGreaterThan(4_000);
  });

  test.each([
    ["another sub", { sub: "b" }],
    ["no sub", { sub: undefined }],
  ])("is not kept open by a token with %s", async (_, claims) => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 3));
    const ended = closing(await customer.console());
    expect((await customer.renew(await token(claims, 600))).status).toBe(403);
    expect((await ended).code).toBe(4001);
  });

  test("nor by one without the old cookie", async () => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 3));
    const ended = closing(await customer.console());
    const stranger = new Customer(stack);
    expect((await stranger.renew(await token({}, 600))).status).toBe(403);
    expect((await ended).code).toBe(4001);
  });
});

describe("a session that ends before its time", () => {
  test("its own page ends it: the console closes, the cookie opens nothing any more", async () => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 60));
    const { cookie } = customer;
    const ended = closing(await customer.console());
    expect((await customer.send("/gpsession/end", { method: "POST" })).status).toBe(200);
    expect(await ended).toMatchObject({ code: 4000, reason: "sallyport:ended" });
    const late = new Customer(stack);
    expect((await late.send("/redfish/v1", { headers: { cookie } })).status).toBe(401);
  });

  test("another controller's link on the same host ends it", async () => {
    const customer = new Customer(stack);
    await customer.enter(await token({}, 60));
    const ended = closing(await customer.console());
    await customer.send(`/gpsession?token=${await stack.token({ ip: "127.0.0.99", sub: "a" })}`);
    expect(await ended).toMatchObject({ code: 4009, reason: "sallyport:replaced" });
  });

  test("a limit ends it although it was renewed; its token opens nothing any more, another link does", async () => {
    await using limited = await startStack({ gateway: { limits: { sessionMs: 3_000 } } });
    const customer = new Customer(limited);
    const link = (seconds: number) => limited.token({ port: limited.bmc.port, sub: "a" }, seconds);
    await customer.enter(await link(60));
    const console = await customer.console();
    expect((await customer.renew(await link(600))).status).toBe(200);
    expect(await closing(console)).toMatchObject({ code: 4002, reason: "sallyport:time-limit" });
    expect((await customer.send("/redfish/v1")).status).toBe(401);
    await new Customer(limited).enter(await link(60));
  });

  test("nobody else's session is touched", async () => {
    const [one, other] = [new Customer(stack), new Customer(stack)];
    await one.enter(await token({ sub: "one" }, 60));
    await other.enter(await token({ sub: "other" }, 60));
    const [ended, open] = [closing(await one.console()), await other.console()];
    await one.send("/gpsession/end", { method: "POST" });
    await ended;
    await typed(open, "echo untouched", "untouched");
    expect(open.readyState).toBe(WebSocket.OPEN);
    open.terminate();
    await once(open, "close");
  });
});
