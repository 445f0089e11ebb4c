import { type AssertedRequest, sha256, signAssertion } from "@sallyport/shared";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gate, startGate } from "./support.ts";

const [OLD, NEW] = ["the-edge-key-before-of-32-bytes-and-more", "the-edge-key-now-with-32-bytes-and-more"];

let gate: Gate;
let token: string;
beforeAll(async () => {
  gate = await startGate({ web: { edge: { keys: [NEW, OLD], ca: undefined } } });
  token = await gate.token();
});
afterAll(() => gate[Symbol.asyncDispose]());

const now = () => Date.now() / 1000;

function statement(more: Partial<AssertedRequest> = {}): AssertedRequest {
  return {
    method: "GET",
    target: "/path?query=1",
    token,
    address: "127.0.0.1",
    port: gate.controllerPort,
    publicOrigin: "https://k7.example.test",
    clientAddress: "198.51.100.7",
    sessionId: "session-1",
    ...more,
  };
}

interface Sent {
  readonly assertion?: string | undefined;
  readonly path?: string;
  readonly token?: string;
  readonly port?: string | undefined;
}

function send({ assertion, path = "/path?query=1", token: own = token, ...more }: Sent) {
  const headers = {
    "X-PM-Assertion": assertion,
    "X-PM-Port": "port" in more ? more.port : String(gate.controllerPort),
    "X-PM-Session": "session-1",
  };
  return gate.send({ token: own, path, headers });
}

describe("with EDGE_KEY", () => {
  test("what our edge signed passes, with the newest key and with the one before", async () => {
    for (const key of [NEW, OLD]) {
      expect((await send({ assertion: await signAssertion(statement(), key, now()) })).status).toBe(200);
    }
  });

  test("a direct caller gets 403 and one reason in the log", async () => {
    const answer = await send({});
    expect([answer.status, answer.body]).toEqual([403, '{"error":"Forbidden"}']);
    expect(await gate.gateway.nextDenial()).toBe("edge-missing");
  });

  test.each([
    [
      "signed by another key",
      () => signAssertion(statement(), "another-key-of-32-bytes-or-even-more", now()),
      "edge-signature",
    ],
    ["a session token in its place", async () => token, "edge-signature"],
    ["too old", () => signAssertion(statement(), NEW, now() - 60), "edge-stale"],
    ["from the future", () => signAssertion(statement(), NEW, now() + 60), "edge-stale"],
    ["about another method", () => signAssertion(statement({ method: "POST" }), NEW, now()), "edge-mismatch"],
    ["about another path", () => signAssertion(statement({ target: "/other" }), NEW, now()), "edge-mismatch"],
    ["about another query", () => signAssertion(statement({ target: "/path?query=2" }), NEW, now()), "edge-mismatch"],
    ["about another token", () => signAssertion(statement({ token: "other" }), NEW, now()), "edge-mismatch"],
    ["about another address", () => signAssertion(statement({ address: "127.0.0.2" }), NEW, now()), "edge-mismatch"],
    ["about another port", () => signAssertion(statement({ port: 22 }), NEW, now()), "edge-mismatch"],
    ["about another session", () => signAssertion(statement({ sessionId: "session-2" }), NEW, now()), "edge-mismatch"],
  ])("%s is refused", async (_, make, reason) => {
    const answer = await send({ assertion: await make() });
    expect([answer.status, answer.body]).toEqual([403, '{"error":"Forbidden"}']);
    expect(await gate.gateway.nextDenial()).toBe(reason);
  });

  test("a port that the edge stated is not left out on the way", async () => {
    const assertion = await signAssertion(statement(), NEW, now());
    expect((await send({ assertion, port: undefined })).status).toBe(403);
    expect(await gate.gateway.nextDenial()).toBe("edge-mismatch");
  });

  test("one is good once", async () => {
    const assertion = await signAssertion(statement(), NEW, now());
    expect((await send({ assertion })).status).toBe(200);
    expect((await send({ assertion })).status).toBe(403);
    expect(await gate.gateway.nextDenial()).toBe("edge-replayed");
  });

  test("one is good once, also where keys are replaced meanwhile", async () => {
    const { gateway, configuration } = gate.gateway;
    const assertion = await signAssertion(statement(), NEW, now());
    expect((await send({ assertion })).status).toBe(200);
    const { web } = configuration;
    await gateway.setSettings({ ...configuration, web: { ...web, edge: { ...web.edge, keys: [NEW] } } });
    expect((await send({ assertion })).status).toBe(403);
    expect(await gate.gateway.nextDenial()).toBe("edge-replayed");
    expect((await send({ assertion: await signAssertion(statement(), OLD, now()) })).status).toBe(403);
    expect(await gate.gateway.nextDenial()).toBe("edge-signature");
    await gateway.setSettings(configuration);
    expect((await send({ assertion: await signAssertion(statement(), OLD, now()) })).status).toBe(200);
  });

  test("the same claims under another type are no assertion", async () => {
    const { method, target, address, port, publicOrigin, clientAddress, sessionId } = statement();
    const claims = {
      htm: method,
      htu: await sha256(target),
      ath: await sha256(token),
      ip: address,
      port,
      pub: publicOrigin,
      cip: clientAddress,
      sid: sessionId,
      jti: "n",
      iat: Math.floor(now()),
    };
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(Buffer.from(NEW));
    expect((await send({ assertion: forged })).status).toBe(403);
    expect(await gate.gateway.nextDenial()).toBe("edge-signature");
  });

  test("the client's address and the public host come from it, and the claims are held to them", async () => {
    const bound = await gate.token({ cip: "198.51.100.0/24", host: "k7.example.test" });
    const good = await signAssertion(statement({ token: bound }), NEW, now());
    expect((await send({ assertion: good, token: bound })).status).toBe(200);
    const elsewhere = await signAssertion(statement({ token: bound, clientAddress: "203.0.113.9" }), NEW, now());
    expect((await send({ assertion: elsewhere, token: bound })).status).toBe(401);
    expect(await gate.gateway.nextDenial()).toBe("token-client");
    const other = await signAssertion(statement({ token: bound, publicOrigin: "https://k8.example.test" }), NEW, now());
    expect((await send({ assertion: other, token: bound })).status).toBe(401);
    expect(await gate.gateway.nextDenial()).toBe("token-host");
  });
});
