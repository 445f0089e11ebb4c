import { parseNetwork } from "@sallyport/shared";
import { test } from "vitest";
import type { ControllerOptions } from "../emulators/core/controller.ts";
import type { Bursts } from "../emulators/core/screen.ts";
import { CBC_ONLY, expiredCertificate, RSA_1024, TLS_1_0_ONLY } from "../emulators/core/tls-profiles.ts";
import { makeCertificate } from "../support/certificates.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { FLAWLESS, startStrict, stay } from "./cells.ts";
import { FAMILIES, type FamilyName } from "./families.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

const families = Object.keys(FAMILIES) as FamilyName[];

/** `legacy`: controllers on loopback may have TLS of old. */
function startGateway(legacy: boolean): Promise<TestGateway> {
  const networks = [parseNetwork("127.0.0.0/8")].filter((network) => network !== undefined);
  const controllers = { ca: undefined, legacyTls: legacy ? networks : [], platforms: [], detect: false };
  return startTestGateway({ web: { controllers } });
}

// The longest comes first: the others run beside it.
test.concurrent("seven seconds of silence are waited for", async ({ expect }) => {
  await using gateway = await startGateway(false);
  await using controller = await startStrict("idrac8", { silence: { answerMs: 7000 } });
  const via = viaGateway(gateway, controller, await tokenFor(controller, "idrac8"));
  const headers = ["Host", new URL(via.origin).host];
  expect(await via.call({ method: "GET", path: "/start.html", headers })).toMatchObject({ status: 200 });
});

/** Slow, one request to a connection, small frames, and a film on the screen: 40 kB thirty times a second beside the picture. */
const TIRED: ControllerOptions & { readonly bursts: Bursts } = {
  limits: { requestsPerConnection: 1 },
  fragmentBytes: 1400,
  silence: { answerMs: 40, socketMs: 40 },
  bursts: { perSecond: 30 },
};

test.concurrent.for(families)(
  "%s: tired, with a certificate that ran out and names another",
  async (family, context) => {
    const { task, expect } = context;
    await using gateway = await startGateway(false);
    await using controller = await startStrict(family, {
      ...TIRED,
      certificate: await expiredCertificate("192.0.2.1"),
    });
    const token = await tokenFor(controller, FAMILIES[family].platform);
    const cell = await stay({ family, before: "gateway, tired", controller }, viaGateway(gateway, controller, token));
    task.meta.cell = cell;
    expect(cell).toEqual({ ...cell, ...FLAWLESS });
  },
);

const OLD = ["idrac8", "ilo", "megarac-sp", "supermicro"] as const satisfies readonly FamilyName[];
const PROFILES = { "TLS 1.0 only": TLS_1_0_ONLY, "a key of 1024 bits": RSA_1024, "CBC ciphers only": CBC_ONLY };
const old = OLD.flatMap((family) => Object.entries(PROFILES).map(([name, tls]) => ({ family, name, tls })));

test.concurrent.for(old)("$family: with $name, where its network is listed", async ({ family, tls }, { expect }) => {
  await using gateway = await startGateway(true);
  const certificate = await makeCertificate({ names: ["192.0.2.1"], key: tls.key ?? "rsa-2048" });
  await using controller = await startStrict(family, { tls, certificate });
  const token = await tokenFor(controller, FAMILIES[family].platform);
  const cell = await stay({ family, before: "gateway", controller }, viaGateway(gateway, controller, token));
  expect(cell).toEqual({ ...cell, ...FLAWLESS });
});

test.concurrent.for(OLD)("%s: TLS 1.0 is not spoken where its network is not listed", async (family, { expect }) => {
  await using gateway = await startGateway(false);
  const certificate = await makeCertificate({ names: ["192.0.2.1"], key: "rsa-1024" });
  await using controller = await startStrict(family, { tls: TLS_1_0_ONLY, certificate });
  const via = viaGateway(gateway, controller, await tokenFor(controller, FAMILIES[family].platform));
  const headers = ["Host", new URL(via.origin).host];
  expect(await via.call({ method: "GET", path: "/", headers })).toMatchObject({ status: 502 });
  expect(await gateway.waitForLine((line) => line.message === "controller failed")).toMatchObject({
    reason: "controller-tls",
  });
});
