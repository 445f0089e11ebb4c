import { expect, test } from "vitest";
import { startIdrac8 } from "../emulators/idrac8/idrac8.ts";
import { NAIVE_PROXIES } from "../emulators/naive-proxies/naive-proxies.ts";
import { direct, type Via } from "../emulators/scenarios/via.ts";
import { Visitor } from "../emulators/scenarios/visitor.ts";
import { startTestGateway } from "../support/gateway.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

/** More than a page has files, as a browser asks for them at once over HTTP/2. */
const FILES = 40;

/** Resets the seventh connection at once. */
const startFew = () => startIdrac8({ address: "127.0.0.2", strict: { sixConnections: true } });

/** How many of them came. */
async function load(via: Via): Promise<number> {
  const visitor = new Visitor(via);
  const files = Array.from({ length: FILES }, () => visitor.expect(200, "GET", "/app.jsesp"));
  const loaded = await Promise.allSettled(files);
  return loaded.filter(({ status }) => status === "fulfilled").length;
}

test("a page with many files comes whole from a controller that bears six connections", async () => {
  await using gateway = await startTestGateway();
  await using controller = await startFew();
  expect(await load(viaGateway(gateway, controller, await tokenFor(controller, "idrac8")))).toBe(FILES);
  expect(Object.fromEntries(controller.rejections)).toEqual({});
});

test("a proxy that opens a connection for each of them is reset", async () => {
  await using controller = await startFew();
  await using proxy = await NAIVE_PROXIES.careful(controller);
  expect(await load(direct(proxy))).toBeLessThan(FILES);
  expect([...controller.rejections.keys()]).toEqual(["connections"]);
});
