import { gzipSync } from "node:zlib";
import { parseNetwork } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { startAttack } from "../security/attack.ts";
import { startTestGateway } from "../support/gateway.ts";
import { OK, statusesOf } from "../support/raw-http.ts";
import { startStrict } from "./cells.ts";
import { FAMILIES } from "./families.ts";
import { FIRMWARE, ONLY_ASKED, startFirmware } from "./firmware.ts";
import { tokenFor, viaGateway } from "./gateway-way.ts";

const LOOPBACK = ["127.0.0.0/8", "::1"].map(parseNetwork).filter((network) => network !== undefined);
const MIB = 1024 * 1024;
const ASKING = { ca: undefined, legacyTls: LOOPBACK, platforms: [], detect: true } as const;

test.for(FIRMWARE)("through a gateway, without a claim: $name", async (firmware, { expect }) => {
  await using gateway = await startTestGateway({ web: { controllers: ASKING } });
  await using controller = await startFirmware(firmware);
  const via = viaGateway(gateway, controller, await tokenFor(controller));
  const headers = ["Host", new URL(via.origin).host];
  await via.call({ method: "GET", path: "/favicon.ico", headers });
  const line = await gateway.waitForLine((one) => one.message === "controller recognised");
  expect(line).toMatchObject({ address: controller.address, platform: FAMILIES[firmware.family].platform });
  expect([...controller.rejections.keys()].filter((reason) => !ONLY_ASKED.has(reason))).toEqual([]);
  expect(controller.leaked()).toBe(0);
});

test("requests that come at once share one round of questions, and later ones need none", async () => {
  await using gateway = await startTestGateway({ web: { controllers: ASKING } });
  await using controller = await startStrict("megarac");
  const via = viaGateway(gateway, controller, await tokenFor(controller));
  const ask = () => via.call({ method: "GET", path: "/", headers: ["Host", new URL(via.origin).host] });
  await Promise.all([ask(), ask(), ask(), ask()]);
  await ask();
  const asked = controller.journal.entries.filter(({ target }) => target === "/redfish/v1");
  expect(asked).toHaveLength(1);
});

test("a token's claim and PLATFORMS spare the question", async () => {
  const network = parseNetwork("127.0.0.0/8");
  if (!network) throw new TypeError("no network");
  const platforms = [{ network, platform: "ilo" as const }];
  await using set = await startTestGateway({ web: { controllers: { ...ASKING, platforms } } });
  await using controller = await startStrict("ilo");
  for (const [gateway, claimed] of [
    [set, undefined],
    [await startTestGateway({ web: { controllers: ASKING } }), "ilo"],
  ] as const) {
    await using _ = gateway;
    const via = viaGateway(gateway, controller, await tokenFor(controller, claimed));
    await via.call({ method: "GET", path: "/", headers: ["Host", new URL(via.origin).host] });
  }
  expect(controller.journal.entries.map(({ target }) => target)).toEqual(["/", "/"]);
});

describe("a controller that gives no answer that can be read is served by the rules for all", () => {
  const bare = (body: string, ...lines: string[]) =>
    ["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...lines, "", body].join("\r\n");
  // Each would tell a family, to whoever read all of it.
  const telling = (blanks: number) => `{"@odata.id":"/redfish/v1/",${" ".repeat(blanks)}"Oem":{"Hpe":{}}}`;
  const packed = gzipSync(telling(MIB * 40)).toString("latin1");
  test.for([
    ["garbage", "SSH-2.0-dropbear\r\n\r\n"],
    ["a megabyte", bare(telling(MIB))],
    ["a head of a megabyte", bare(telling(0), `X: ${"x".repeat(MIB)}`)],
    ["gzip that unpacks to 40 MiB", bare(packed, "Content-Encoding: gzip")],
    ["nothing but an error", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"],
    ["silence", undefined],
  ] as const)("%s", async ([, answer], { expect }) => {
    await using attack = await startAttack({ web: { controllers: ASKING } });
    const asked: string[] = [];
    attack.controller.answer = (head, socket) => {
      if (head.startsWith("GET /mine ")) return OK;
      asked.push(head.split(" ", 2).join(" "));
      if (answer !== undefined) socket.end(answer, "latin1");
      return undefined;
    };
    const visit = () => attack.send(attack.head({ path: "/mine", lines: ["Connection: close"] }));
    expect(statusesOf(await visit())).toEqual([200]);
    expect(attack.gateway.lines.filter((line) => line.message === "controller recognised")).toEqual([]);
    const questions = [...asked];
    expect(questions).toContain("GET /redfish/v1");
    expect(new Set(questions).size).toBe(questions.length);
    // The next visitor does not wait for the same again.
    expect(statusesOf(await visit())).toEqual([200]);
    expect(asked).toEqual(questions);
  });
});
