import { expect, test } from "vitest";
import type { Controller } from "../emulators/core/controller.ts";
import type { Answer, Via } from "../emulators/scenarios/via.ts";
import { startTestGateway } from "../support/gateway.ts";
import { startStrict } from "./cells.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

/** An XCC that ends a kept connection just as the next request is on its way, and a gateway before it. */
async function start() {
  const stack = new AsyncDisposableStack();
  const gateway = stack.use(await startTestGateway());
  const controller = stack.use(await startStrict("xcc", { limits: { cutsReused: true } }));
  const via = viaGateway(gateway, controller, await tokenFor(controller, "xcc"));
  return { via, controller, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function ask(via: Via, method: string): Promise<Answer> {
  const headers = ["Host", new URL(via.origin).host, ...(method === "POST" ? ["Content-Length", "0"] : [])];
  return via.call({ method, path: "/", headers });
}

const seen = ({ journal }: Controller) => journal.entries.map(({ method }) => method);

test("a GET is asked again on another connection", async () => {
  await using running = await start();
  const { via, controller } = running;
  for (let index = 0; index < 3; index += 1) expect((await ask(via, "GET")).status).toBe(200);
  expect(seen(controller)).toEqual(["GET", "GET", "GET"]);
});

test("a GET is asked again where all kept connections end alike, as those of a page do", async () => {
  await using running = await start();
  const { via } = running;
  const page = await Promise.all([1, 2, 3].map(() => ask(via, "GET")));
  expect(page.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect((await ask(via, "GET")).status).toBe(200);
});

test("what changes something is not asked twice: its fate is not known", async () => {
  await using running = await start();
  const { via, controller } = running;
  await ask(via, "GET");
  expect((await ask(via, "POST")).status).toBe(502);
  expect(seen(controller)).toEqual(["GET"]);
});
