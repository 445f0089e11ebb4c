import { type AssertedRequest, signAssertion } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { createEdgeVerifier, type EdgeStatement } from "../../src/identity/edge.ts";

const KEY = "an-edge-key-of-at-least-thirty-two-bytes";
const OTHER = "another-edge-key-of-at-least-32-bytes---";
const NOW = 1_800_000_000;

const request: AssertedRequest = {
  method: "GET",
  target: "/a?b=c",
  token: "a.b.c",
  address: "10.0.0.7",
  port: 443,
  publicOrigin: "https://k7.example.com",
  clientAddress: "192.0.2.7",
  sessionId: "s",
};

const sign = (key = KEY) => signAssertion(request, key, NOW);

async function statement(more: Partial<EdgeStatement> = {}): Promise<EdgeStatement> {
  const { method, target, token, address, port, sessionId } = request;
  return { method, target, token, address, port, sessionId, assertion: await sign(), ...more };
}

describe("what the edge states", () => {
  test("is taken once", async () => {
    const edge = createEdgeVerifier(() => [KEY]);
    const stated = await statement();
    expect(await edge.verify(stated, NOW)).toMatchObject({ ok: true, value: { cip: "192.0.2.7" } });
    expect(await edge.verify(stated, NOW)).toMatchObject({ reason: "edge-replayed" });
  });

  test.each([
    ["method", { method: "POST" }],
    ["target", { target: "/a?b=d" }],
    ["token", { token: "a.b.d" }],
    ["address", { address: "10.0.0.8" }],
    ["port", { port: 8443 }],
    ["session", { sessionId: undefined }],
  ])("must agree with the request about its %s", async (detail, more) => {
    const edge = createEdgeVerifier(() => [KEY]);
    expect(await edge.verify(await statement(more), NOW)).toMatchObject({ reason: "edge-mismatch", detail });
  });

  test("must be there, and signed with a key that is in force at the time", async () => {
    const keys = { now: [OTHER, KEY] };
    const edge = createEdgeVerifier(() => keys.now);
    expect(await edge.verify(await statement({ assertion: undefined }), NOW)).toMatchObject({ reason: "edge-missing" });
    for (const assertion of [await sign(), await sign(OTHER)]) {
      expect(await edge.verify(await statement({ assertion }), NOW)).toMatchObject({ ok: true });
    }
    keys.now = [OTHER];
    expect(await edge.verify(await statement(), NOW)).toMatchObject({ reason: "edge-signature" });
    expect(await edge.verify(await statement({ assertion: await sign(OTHER) }), NOW)).toMatchObject({ ok: true });
  });
});
