import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FAMILIES } from "../../../../test/platforms/families.ts";
import { FIRMWARE, ONLY_ASKED, startFirmware } from "../../../../test/platforms/firmware.ts";
import { startRawServer } from "../../../../test/support/raw-http.ts";
import { detectPlatform } from "../../src/platforms/detect.ts";
import { families } from "../../src/platforms/families.ts";
import { askingOf } from "./support.ts";

const QUESTIONS = new Set(families.flatMap(({ probes }) => probes));

test.for(FIRMWARE)("$name is known by what it answers", async (firmware, { expect }) => {
  await using controller = await startFirmware(firmware);
  const { address, port } = controller;
  await using asking = askingOf({ address, port, scheme: "https" });
  const { platform } = await detectPlatform(asking.probe);
  expect(platform.name).toBe(FAMILIES[firmware.family].platform);
  expect([...controller.rejections.keys()].filter((reason) => !ONLY_ASKED.has(reason))).toEqual([]);
  const asked = controller.journal.entries.map(({ target }) => target);
  expect(asked.length).toBeLessThanOrEqual(QUESTIONS.size);
  expect(new Set(asked).size).toBe(asked.length);
});

const bare = (body: string, ...lines: string[]) =>
  ["HTTP/1.1 200 OK", `Content-Length: ${body.length}`, ...lines, "", body].join("\r\n");

const MIB = 1024 * 1024;
/** Would tell a family, to whoever read all of it. */
const telling = (blanks: number) => `{"@odata.id":"/redfish/v1/",${" ".repeat(blanks)}"Oem":{"Hpe":{}}}`;
const packed = (text: string) => bare(gzipSync(text).toString("latin1"), "Content-Encoding: gzip");

test.for([
  ["plain", bare(telling(0))],
  ["packed", packed(telling(0))],
] as const)("what the next ones would tell is a family, %s", async ([, answer], { expect }) => {
  await using server = await startRawServer((_, socket) => {
    socket.end(answer, "latin1");
    return undefined;
  });
  await using asking = askingOf({ address: "127.0.0.1", port: server.port, scheme: "http" });
  expect((await detectPlatform(asking.probe)).platform.name).toBe("ilo");
});

describe("no family is made of", () => {
  test.for([
    ["garbage", "SSH-2.0-dropbear\r\n\r\n"],
    ["silence at once", ""],
    ["a megabyte", bare(telling(MIB))],
    ["gzip that unpacks to 40 MiB", packed(telling(40 * MIB))],
    ["what calls itself gzip and is none", bare("Vendor", "Content-Encoding: gzip")],
    ["JSON that is no object", bare("null")],
    ["JSON with members of other kinds", bare('{"Vendor":7,"Oem":"x","UUID":null}')],
  ] as const)("%s", async ([, answer], { expect }) => {
    await using server = await startRawServer((_, socket) => {
      socket.end(answer, "latin1");
      return undefined;
    });
    await using asking = askingOf({ address: "127.0.0.1", port: server.port, scheme: "http" });
    const { platform } = await detectPlatform(asking.probe);
    expect(platform.name).toBe("generic");
    expect(server.received.length).toBeLessThanOrEqual(QUESTIONS.size);
  });
});

const BRIEF = { each: 200, all: 600_000 };

describe("who cannot be asked is given up at the first question", () => {
  test("nobody listens", async () => {
    const server = await startRawServer();
    await server[Symbol.asyncDispose]();
    await using asking = askingOf({ address: "127.0.0.1", port: server.port, scheme: "http" });
    await expect(detectPlatform(asking.probe)).rejects.toMatchObject({ reason: "controller-refused" });
  });

  test.for([
    ["no answer ever", undefined, BRIEF],
    ["an answer that does not go on", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", BRIEF],
    ["no answer before all the time is used up", undefined, { each: 600_000, all: 200 }],
  ] as const)("%s", async ([, answer, patience], { expect }) => {
    await using server = await startRawServer(() => answer);
    await using asking = askingOf({ address: "127.0.0.1", port: server.port, scheme: "http" }, patience);
    await expect(detectPlatform(asking.probe)).rejects.toMatchObject({ reason: "controller-timeout" });
    expect(server.received).toHaveLength(1);
    await server.idle();
  });
});
