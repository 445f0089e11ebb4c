import { describe, expect, test } from "vitest";
import { freePort } from "../../support/ports.ts";
import { type StackOptions, startStack } from "../../support/stack.ts";
import { Customer, typed } from "./customer.ts";

/** The whole way, pages and console, with the controller on a port that is not 443. */
async function goThrough(options: (port: number) => StackOptions): Promise<void> {
  // The controller's port is known first: the settings under test name it.
  const port = await freePort();
  await using stack = await startStack({ bmc: { port }, ...options(port) });
  const customer = new Customer(stack);
  await customer.enter(await stack.token());
  const page = await customer.send("/redfish/v1/Systems/system");
  expect(page.status).toBe(200);
  const console = await customer.console();
  await typed(console, "uname", "Linux");
  console.terminate();
  expect(Object.fromEntries(stack.bmc.rejections)).toEqual({});
}

describe("a controller on a port of its own is reached", () => {
  test("with PM_PORT at our edge", () =>
    goThrough((port) => ({ vars: { PM_PORT: String(port) }, gateway: { targets: { ports: [443, port] } } })));

  test("with TARGET_PORT at the gateway, where the edge says 443", () =>
    goThrough((port) => ({ vars: { PM_PORT: "443" }, gateway: { targets: { targetPort: port } } })));

  test("in the original's wire, with TARGET_PORT behind it", () =>
    goThrough((port) => ({
      signed: false,
      vars: { WIRE: "legacy", PM_PORT: "443" },
      gateway: { targets: { targetPort: port } },
    })));
});
