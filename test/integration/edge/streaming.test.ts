import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EdgeBench, edgeToken, startEdgeBench } from "./support.ts";

let bench: EdgeBench;
let more: () => void;
const started = Promise.withResolvers<void>();
beforeAll(async () => {
  bench = await startEdgeBench(
    {},
    {
      answer: (_, response) => {
        response.writeHead(200, { "Content-Type": "text/event-stream" });
        response.write("data: 1\n\n");
        more = () => response.end("data: 2\n\n");
        started.resolve();
      },
    },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());

test("an event reaches the browser before the next one is made", async () => {
  const cookie = `__Host-pm-session=${await edgeToken()}`;
  const outgoing = request(`${bench.edge.url}/sse/ui`, { headers: { cookie }, agent: false }).end();
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  const [first] = await once(answer, "data");
  expect(String(first)).toBe("data: 1\n\n");
  await started.promise;
  more();
  const [second] = await once(answer, "data");
  expect(String(second)).toBe("data: 2\n\n");
});
