import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { ask, credentials, head, openConnection, startHttpController, startRawController } from "./support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** A controller whose exchanges the test answers itself, in the order in which they come. */
async function startManual() {
  const waiting: { message: IncomingMessage; response: ServerResponse }[] = [];
  let wake = () => {};
  const controller = await startHttpController((message, response) => {
    waiting.push({ message, response });
    wake();
  });
  return Object.assign(controller, {
    async next() {
      while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return waiting.shift() as (typeof waiting)[number];
    },
  });
}

describe("bodies stream", () => {
  test("down: an event arrives before the next one is sent", async () => {
    await using controller = await startManual();
    const client = openConnection(gateway);
    client.socket.write(head("GET /sse/ui", await credentials(controller.port)));
    const { response } = await controller.next();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.flushHeaders();
    expect(await client.takeUntil("\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 [\s\S]*text\/event-stream/);
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      response.write(event);
      await client.takeUntil(event);
    }
    client.socket.destroy();
    await once(response, "close");
  });

  test("down: an event of any size arrives as a whole before the next one is sent", async () => {
    await using controller = await startManual();
    const client = openConnection(gateway);
    client.socket.write(head("GET /sse/ui", await credentials(controller.port)));
    const { response } = await controller.next();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    // Those of a whole record of TLS, of a whole block that the gateway gathers, and some around them.
    for (const size of [1, 8191, 8192, 8193, 16_384, 65_535, 65_536, 65_537, 131_072, 131_073]) {
      response.write(`${"-".repeat(size - 1)}!`);
      const come = (await client.takeUntil("!")).replace(/^[\s\S]*\r\n\r\n/, "");
      expect(come.replaceAll(/[^-]/g, "")).toHaveLength(size - 1);
    }
    client.socket.destroy();
    await once(response, "close");
  });

  test("up: the first part is there before the second is sent", async () => {
    await using controller = await startManual();
    const client = openConnection(gateway);
    const headers = { ...(await credentials(controller.port)), "Content-Length": "10" };
    client.socket.write(head("POST /upload", headers));
    client.socket.write("first");
    const { message, response } = await controller.next();
    expect(String((await once(message, "data"))[0])).toBe("first");
    client.socket.write("secnd");
    expect(String((await once(message, "data"))[0])).toBe("secnd");
    response.end("done");
    expect(await client.takeUntil("done")).toMatch(/^HTTP\/1\.1 200/);
    client.socket.destroy();
  });

  test("both ways at once", async () => {
    await using controller = await startManual();
    const client = openConnection(gateway);
    const headers = { ...(await credentials(controller.port)), "Transfer-Encoding": "chunked" };
    client.socket.write(head("POST /echo", headers));
    client.socket.write("3\r\none\r\n");
    const { message, response } = await controller.next();
    message.pipe(response);
    await client.takeUntil("one");
    client.socket.write("3\r\ntwo\r\n");
    await client.takeUntil("two");
    client.socket.write("0\r\n\r\n");
    await client.takeUntil("\r\n0\r\n\r\n");
    client.socket.destroy();
  });

  test("and are counted", async () => {
    await using controller = await startHttpController((message, response) => {
      message.resume().once("end", () => response.end("y".repeat(30)));
    });
    await ask(gateway, controller.port, { method: "POST", body: "x".repeat(20), expiresIn: 2 });
    const line = await gateway.waitForLine((one) => one.message === "session ended" && one.received === 20);
    expect(line.sent).toBe(30);
  });
});

describe("an answer without a body", () => {
  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "5"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", undefined],
    ["GET", 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', undefined],
    ["GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "0"],
    ["POST", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\nLocation: /a\r\n\r\n", "0"],
  ])("to %s: %j", async (method, answer, length) => {
    await using controller = await startRawController(answer);
    const { status, headers, body } = await ask(gateway, controller.port, { method });
    expect(status).toBe(Number(answer.split(" ")[1]));
    expect(headers["content-length"]).toBe(length);
    expect(headers["transfer-encoding"]).toBeUndefined();
    expect(body).toBe("");
  });

  test("leaves the client's connection in step", async () => {
    await using controller = await startHttpController((_, response) => {
      response.writeHead(304).end();
    });
    const client = openConnection(gateway);
    const request = head("GET /", await credentials(controller.port));
    client.socket.write(Buffer.concat([request, request]));
    expect(await client.takeUntil("\r\n\r\n")).toMatch(/^HTTP\/1\.1 304/);
    expect(await client.takeUntil("\r\n\r\n")).toMatch(/^HTTP\/1\.1 304/);
    client.socket.destroy();
  });
});

describe("what frames an answer is the gateway's own", () => {
  test("an answer until the end of the connection comes in chunks", async () => {
    await using controller = await startRawController("HTTP/1.0 200 OK\r\n\r\nold");
    const { headers, body } = await ask(gateway, controller.port);
    expect([headers["transfer-encoding"], headers["content-length"], body]).toEqual(["chunked", undefined, "old"]);
  });

  test("interim answers are not passed on", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";
    await using controller = await startRawController(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    const client = openConnection(gateway);
    client.socket.write(head("GET /", { ...(await credentials(controller.port)), Connection: "close" }));
    const all = String(await client.takeAll());
    expect(all).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
    expect(all).not.toContain("Early");
  });

  test("trailers are dropped, chunk extensions too", async () => {
    await using controller = await startRawController(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2;ext=1\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n",
    );
    const client = openConnection(gateway);
    client.socket.write(head("GET /", { ...(await credentials(controller.port)), Connection: "close" }));
    const all = String(await client.takeAll());
    expect(all).toMatch(/\r\n2\r\nok\r\n0\r\n\r\n$/);
    expect(all).not.toMatch(/X-Sum|ext=/);
  });

  test("packed bytes stay packed", async () => {
    const packed = Buffer.from([0x1f, 0x8b, 0, 0xff, 0x0a]);
    await using controller = await startHttpController((message, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip", "X-Asked": message.headers["accept-encoding"] });
      response.end(packed);
    });
    const client = openConnection(gateway);
    const headers = { ...(await credentials(controller.port)), "Accept-Encoding": "gzip;q=0.5, br" };
    client.socket.write(head("GET /", { ...headers, Connection: "close" }));
    const all = await client.takeAll();
    const [text] = all.toString("latin1").split("\r\n\r\n");
    expect(text).toContain("Content-Encoding: gzip");
    expect(text).toContain("X-Asked: gzip");
    expect(all.includes(packed)).toBe(true);
  });

  test("a reason phrase passes where it is ASCII, and is Node's own where not", async () => {
    await using fine = await startRawController("HTTP/1.1 200 All is well\r\nContent-Length: 0\r\n\r\n");
    await using odd = await startRawController(
      Buffer.from("HTTP/1.1 200 Sch\u00f6n\r\nContent-Length: 0\r\n\r\n", "latin1"),
    );
    const phrase = async (port: number) => {
      const client = openConnection(gateway);
      client.socket.write(head("GET /", await credentials(port)));
      const line = await client.takeUntil("\r\n");
      client.socket.destroy();
      return line;
    };
    expect(await phrase(fine.port)).toBe("HTTP/1.1 200 All is well\r\n");
    expect(await phrase(odd.port)).toBe("HTTP/1.1 200 OK\r\n");
  });
});
