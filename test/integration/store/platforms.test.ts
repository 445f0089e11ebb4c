import { describe, expect, test } from "vitest";
import { startStrict } from "../../platforms/cells.ts";
import { tokenFor, viaGateway } from "../../platforms/gateway-way.ts";
import { startTestGateway } from "../../support/gateway.ts";
import { stores } from "./support.ts";

const ASKING = { ca: undefined, legacyTls: [], platforms: [], detect: true } as const;

describe.each(stores)("what a controller showed itself to be, in %s", (_, start) => {
  test("is known to a gateway that is started later, which asks no more", async () => {
    await using shared = await start();
    await using controller = await startStrict("megarac");
    const questions = () => controller.journal.entries.filter(({ target }) => target === "/redfish/v1").length;
    const options = { ...shared.options, web: { controllers: ASKING } };
    const visit = async () => {
      await using gateway = await startTestGateway(options);
      const via = viaGateway(gateway, controller, await tokenFor(controller));
      await via.call({ method: "GET", path: "/", headers: ["Host", new URL(via.origin).host] });
      // Nobody who is served waits for the store to know.
      const target = `https ${controller.address} ${controller.port}`;
      const known = () => gateway.gateway.store.platformOf(target, Date.now() / 1000);
      await expect.poll(known).toMatchObject({ platform: "megarac" });
      return gateway.lines.filter(({ message }) => message === "controller recognised").length;
    };
    expect([await visit(), questions()]).toEqual([1, 1]);
    expect([await visit(), questions()]).toEqual([0, 1]);
  });
});
