import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { ensureDebianPackages } from "../../support/packages.ts";
import { sendRaw } from "../../support/raw-http.ts";
import { mintToken } from "../../support/tokens.ts";
import { bodies } from "./bodies.ts";
import type { HttpCase } from "./case.ts";
import { headers } from "./headers.ts";
import { type Reader, startLlhttp, startProxy } from "./readers.ts";
import { requestLines } from "./request-line.ts";

/**
 * One message, read by us and then by another reader behind us: what the other reads is never more than we let through,
 * and never something else.
 */
let gateway: TestGateway;
beforeAll(async () => {
  await ensureDebianPackages(["nginx", "haproxy"]);
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const cases = [...requestLines, ...headers, ...bodies];

describe.each([
  ["llhttp", startLlhttp],
  ["nginx", () => startProxy("nginx")],
  ["haproxy", () => startProxy("haproxy")],
] as const)("%s behind us", (_, start) => {
  let reader: Reader;
  let auth: string;
  beforeAll(async () => {
    reader = await start();
    const token = await mintToken({ port: reader.port, scheme: "http" });
    auth = `Cookie: pm-session=${token}\r\nX-PM-Host: 127.0.0.1\r\nConnection: close\r\n`;
  });
  afterAll(() => reader[Symbol.asyncDispose]());

  const readOf = async ({ bytes }: HttpCase) => {
    await sendRaw(gateway, bytes(auth));
    return reader.read();
  };

  test.each(cases.filter(({ expect }) => expect === "refused"))("reads nothing of: $name", async (one) => {
    expect(await readOf(one)).toEqual([]);
  });

  test.each(cases.filter(({ expect }) => expect === "cut"))("reads no second request of: $name", async (one) => {
    const read = await readOf(one);
    expect(read.length).toBeLessThanOrEqual(1);
    expect(read.join()).not.toContain("smuggled");
  });

  test.each(cases.filter(({ expect }) => expect === "passes"))("reads the one request of: $name", async (one) => {
    const [, method, target] = /^\s*([A-Z]+) +(\S+)/.exec(one.bytes("")) ?? [];
    const read = await readOf(one);
    // What a reader cannot take at all it says so of, and names no request.
    expect([`${method} ${target}`, `${method} -`, method, "<BADREQ> <BADREQ>"]).toContain(read[0]);
    expect(read).toHaveLength(1);
  });
});
