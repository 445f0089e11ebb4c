import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "../../support/gateway.ts";
import { type Called, call } from "../../support/http-client.ts";
import { mintToken } from "../../support/tokens.ts";
import { startHttpController } from "../relay/support.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Answer = (message: IncomingMessage, response: ServerResponse) => void;

interface Asking {
  readonly platform?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the controller stays for, after the answer. */
  readonly meanwhile?: Promise<void>;
}

/** One request through the gateway to a controller that answers so. */
async function askOne(answer: Answer, asking: Asking = {}): Promise<Called> {
  const { platform = "generic", path = "/", method = "GET", headers = {}, meanwhile } = asking;
  await using controller = await startHttpController(answer);
  const token = await mintToken({ port: controller.port, scheme: "http", platform });
  const called = await call(`https://127.0.0.1:${gateway.port}`, path, {
    method,
    ca: gateway.ca,
    headers: {
      "X-PM-Host": "127.0.0.1",
      "X-Forwarded-Host": "k7.example.test",
      Cookie: `pm-session=${token}`,
      ...headers,
    },
  });
  await meanwhile;
  return called;
}

const packed =
  (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    const bytes = gzipSync(body);
    response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": bytes.length, ...headers });
    response.end(bytes);
  };

describe("what is packed", () => {
  test("is unpacked for a client that takes no gzip", async () => {
    const body = "<p>Grüße</p>".repeat(50_000);
    const answer = await askOne(packed(body, { ETag: '"7"' }));
    expect(answer.body).toBe(body);
    expect(answer.headers).toMatchObject({ etag: 'W/"7"' });
    expect(answer.headers["content-encoding"]).toBeUndefined();
  });

  test("is over where it ends: what a controller says behind it is for nobody, and is not waited for", async () => {
    const left = Promise.withResolvers<void>();
    const answer = await askOne(
      (_, response) => {
        response.on("close", left.resolve);
        response.writeHead(200, { "Content-Encoding": "gzip" });
        response.write(Buffer.concat([gzipSync("whole"), Buffer.alloc(64)]));
      },
      { meanwhile: left.promise },
    );
    expect(answer.body).toBe("whole");
  });

  test("ends the answer where it turns out to be broken", async () => {
    const broken: Answer = (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end(Buffer.concat([gzipSync("whole").subarray(0, 12), Buffer.alloc(64, 0xff)]));
    };
    await expect(askOne(broken)).rejects.toThrow();
    const line = await gateway.waitForLine(({ code }) => code === "gzip");
    expect(line.reason).toBe("controller-garbage");
  });

  test("has no body to unpack in an answer to HEAD", async () => {
    const answer = await askOne(packed("x"), { method: "HEAD" });
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(answer.headers["content-encoding"]).toBe("gzip");
  });
});

describe("a console's page", () => {
  const PAGE = '<!doctype html>\n<html><head lang="en"><title>\xe4</title></head></html>';
  const html = { "Content-Type": "text/html; charset=utf-8" };
  const asking = { platform: "idrac8", path: "/viewer.html" };
  const TAG = '<script src="/.sallyport/sockets.js" data-ports="5900"></script>';
  const EDITED = PAGE.replace('<head lang="en">', `<head lang="en">${TAG}`);

  test("gets the script before every other, and the length that it has then", async () => {
    const answer = await askOne(packed(PAGE, html), asking);
    expect(answer.body).toBe(EDITED);
    expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(EDITED)));
  });

  test("gets it where it came unpacked, too, and for a client that takes gzip", async () => {
    const plain: Answer = (_, response) => response.writeHead(200, html).end(PAGE);
    for (const answer of [plain, packed(PAGE, html)]) {
      const headers = { "Accept-Encoding": "gzip" };
      expect((await askOne(answer, { ...asking, headers })).body).toBe(EDITED);
    }
  });

  test("stays as it is in another type, in a failure, on another path and of another family", async () => {
    const plain = (status: number, type: string): Answer => {
      return (_, response) => response.writeHead(status, { "Content-Type": type }).end(PAGE);
    };
    const untouched = [
      askOne(plain(200, "text/plain"), asking),
      askOne(plain(404, "text/html"), asking),
      askOne(plain(200, "text/html"), { ...asking, path: "/index.html" }),
      askOne(plain(200, "text/html"), { ...asking, platform: "generic" }),
    ];
    for (const { body } of await Promise.all(untouched)) expect(body).toBe(PAGE);
  });

  test("is refused where it is too large to be changed, however small it is packed", async () => {
    const bomb = packed(Buffer.alloc(64 * 1024 * 1024), html);
    expect((await askOne(bomb, asking)).status).toBe(502);
    const large: Answer = (_, response) => response.writeHead(200, html).end(Buffer.alloc(1024 * 1024 + 1, 0x20));
    expect((await askOne(large, asking)).status).toBe(502);
    const found = gateway.lines.filter(({ code }) => code === "page-too-large");
    expect(found).toHaveLength(2);
  });

  test("the script is ours, and what else there might be under our path is not asked of the controller", async () => {
    const asked: string[] = [];
    const note: Answer = ({ url = "" }, response) => {
      asked.push(url);
      response.end();
    };
    const script = await askOne(note, { path: "/.sallyport/sockets.js" });
    expect(script).toMatchObject({ status: 200, headers: { "content-type": "text/javascript; charset=utf-8" } });
    expect(() => new Function(script.body)).not.toThrow();
    expect((await askOne(note, { path: "/.sallyport/port/5900/x" })).status).toBe(404);
    expect(asked).toEqual([]);
  });
});

test("every controller is asked for gzip, and for nothing else", async () => {
  const asked: unknown[] = [];
  const note: Answer = ({ headers }, response) => {
    asked.push(headers["accept-encoding"]);
    response.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("ok"));
  };
  await askOne(note);
  const takes = await askOne(note, { headers: { "Accept-Encoding": "br, gzip" } });
  expect(asked).toEqual(["gzip", "gzip"]);
  expect(takes.headers["content-encoding"]).toBe("gzip");
});
