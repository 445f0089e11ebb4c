import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, makeAuthority } from "../../support/certificates.ts";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";

let authority: Authority;
let gateway: TestGateway;
beforeAll(async () => {
  authority = await makeAuthority({ name: "the operator's edge" });
  gateway = await startTestGateway({ web: { edge: { keys: [], ca: authority.cert } } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The status of an answer, or the code of the error that ended the connection. */
async function ask(options: ConnectionOptions): Promise<{ outcome: string; session: Buffer | undefined }> {
  const socket: TLSSocket = connect({
    host: "127.0.0.1",
    port: gateway.port,
    ca: gateway.ca,
    servername: "localhost",
    ...options,
  });
  let [answer, session, failure]: [string, Buffer | undefined, string | undefined] = ["", undefined, undefined];
  socket.on("session", (ticket) => {
    session = ticket;
  });
  socket.on("data", (chunk) => (answer += chunk));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  socket.write("GET / HTTP/1.1\r\nHost: gw1.example.test\r\nConnection: close\r\n\r\n");
  await new Promise((resolve) => socket.on("close", resolve));
  return { outcome: failure ?? (answer.split(" ")[1] || "closed"), session };
}

describe("with EDGE_CA", () => {
  test("a certificate of the operator's own CA is let in (and then needs a token)", async () => {
    const { cert, key } = await authority.issue({ usage: "client", names: ["edge.example.test"] });
    expect((await ask({ cert, key })).outcome).toBe("400");
  });

  test.each([
    ["none", async () => ({})],
    ["another CA's", async () => (await makeAuthority()).issue({ usage: "client" })],
    [
      "an expired one",
      () => authority.issue({ usage: "client", notBefore: new Date(0), notAfter: new Date(86_400_000) }),
    ],
    ["a server's", () => authority.issue({ usage: "server" })],
  ])("a caller with %s is not", async (_, make) => {
    const { cert, key } = (await make()) as { cert?: string; key?: string };
    const { outcome } = await ask(cert === undefined || key === undefined ? {} : { cert, key });
    expect(outcome).not.toMatch(/^\d+$/);
  });

  test("no session is handed out that could be resumed without showing a certificate again", async () => {
    const { cert, key } = await authority.issue({ usage: "client", names: ["edge.example.test"] });
    const { session } = await ask({ cert, key });
    if (session !== undefined) expect((await ask({ session })).outcome).not.toMatch(/^\d+$/);
  });
});
