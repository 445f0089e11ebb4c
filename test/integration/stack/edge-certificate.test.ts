import { expect, test } from "vitest";
import { type Authority, makeAuthority } from "../../support/certificates.ts";
import { type Stack, startStack } from "../../support/stack.ts";
import { Customer, typed } from "./customer.ts";

/** Edge and gateway that know each other by certificates, in place of a key. */
async function startWith(authority: Authority, shown?: { cert: string; key: string }): Promise<Stack> {
  return startStack({
    signed: false,
    gateway: { web: { edge: { keys: [], ca: authority.cert } } },
    ...(shown ? { gatewayCertificate: shown } : {}),
  });
}

test("a Worker with the certificate that EDGE_CA asks for leads pages and consoles through", async () => {
  const authority = await makeAuthority({ name: "the operator's edge" });
  await using stack = await startWith(authority, await authority.issue({ usage: "client" }));
  const customer = new Customer(stack);
  await customer.enter(await stack.token({ port: stack.bmc.port }));
  const console = await customer.console();
  await typed(console, "uname", "Linux");
  console.terminate();
  expect(Object.fromEntries(stack.bmc.rejections)).toEqual({});
});

test("one without it, or with another authority's, reaches no gateway", async () => {
  const authority = await makeAuthority({ name: "the operator's edge" });
  for (const shown of [undefined, await (await makeAuthority()).issue({ usage: "client" })]) {
    await using stack = await startWith(authority, shown);
    const customer = new Customer(stack);
    await customer.send(`/gpsession?token=${await stack.token({ port: stack.bmc.port })}`);
    expect((await customer.send("/")).status).toBe(502);
  }
});
