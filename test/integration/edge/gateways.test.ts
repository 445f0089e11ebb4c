import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type EdgeBench, edgeToken, startEdgeBench } from "./support.ts";

/** Two names of the one recording server: two gateways to the edge. */
const BOTH = ["localhost", "127.0.0.1"];

/** How the gateway of a name answers; absent: 200. */
const behaviour = new Map<string, "cut" | number>();
let bench: EdgeBench;
beforeAll(async () => {
  bench = await startEdgeBench(
    {},
    {
      answer: ({ url, headers }, response) => {
        const how = behaviour.get(nameOf(headers.host));
        if (how === "cut") response.socket?.destroy();
        else if (how !== undefined) response.writeHead(how, { server: "cloudflare" }).end("<h1>cloudflare</h1>");
        else if (url === "/odd") response.writeHead(521, { server: "cloudflare", "x-pm-request": "r1" }).end("odd");
        else response.end(nameOf(headers.host));
      },
      upgrade: ({ headers }, socket) => {
        if (behaviour.get(nameOf(headers.host)) !== "cut") return false;
        socket.destroy();
        return true;
      },
    },
  );
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(() => behaviour.clear());

const nameOf = (host = "") => host.replace(/:[0-9]+$/, "");
/** Each test has a controller of its own, and each its own first gateway. */
let controllers = 0;
const twoGateways = () => edgeToken({ ip: `10.20.4.${++controllers}`, upstream: BOTH });

/** Who got requests for this path, in order. */
const askedFor = (path: string) =>
  bench.origin.received.filter(({ url }) => url.startsWith(path)).map(({ headers }) => nameOf(headers.host));

/** Lets go of what the edge remembers: an answer does. */
async function forgive(): Promise<void> {
  behaviour.clear();
  for (const upstream of BOTH) await bench.get(await edgeToken({ upstream }), "/forgive");
}

describe("a gateway that has the request and then fails", () => {
  test.each(["GET", "HEAD", "OPTIONS"])("%s goes to the next one", async (method) => {
    await forgive();
    const token = await twoGateways();
    const [first] = await preferred(token);
    behaviour.set(first, "cut");
    expect((await bench.get(token, `/safe-${method}`, { method })).status).toBe(200);
    expect(new Set(askedFor(`/safe-${method}`))).toEqual(new Set(BOTH));
  });

  test("an upgrade goes to the next one", async () => {
    await forgive();
    const token = await twoGateways();
    const [first, second] = await preferred(token);
    behaviour.set(first, "cut");
    const headers = { cookie: `__Host-pm-session=${token}`, origin: bench.edge.url };
    const socket = new WebSocket(`${bench.edge.url.replace("http", "ws")}/kvm`, { headers });
    await once(socket, "open");
    socket.terminate();
    expect(askedFor("/websocket/").slice(-2)).toEqual([first, second]);
  });

  test.each([
    ["DELETE", {}],
    ["POST", {}],
    ["POST", { "content-length": "0" }],
    ["PUT", {}],
    ["PATCH", {}],
  ] as const)("%s without a body (%o) goes to no second one", async (method, headers) => {
    await forgive();
    for (const name of BOTH) behaviour.set(name, "cut");
    const path = `/unsafe-${method}-${Object.keys(headers).length}`;
    expect((await bench.get(await twoGateways(), path, { method, headers })).status).toBe(502);
    // workerd itself repeats PUT and DELETE to the same gateway, where a kept connection was closed (RFC 9110, 9.2.2).
    const asked = askedFor(path);
    expect(["PUT", "DELETE"].includes(method) ? new Set(asked).size : asked.length).toBe(1);
  });

  test("nor does one with a body", async () => {
    await forgive();
    for (const name of BOTH) behaviour.set(name, "cut");
    const answer = await bench.get(await twoGateways(), "/unsafe-body", { method: "POST", body: "power=off" });
    expect(answer.status).toBe(502);
    expect(askedFor("/unsafe-body")).toHaveLength(1);
  });

  test("is asked last for a while: the next request goes to the other one at once, changes too", async () => {
    await forgive();
    const token = await twoGateways();
    const [first, second] = await preferred(token);
    behaviour.set(first, "cut");
    await bench.get(token, "/remember");
    await bench.get(token, "/remembered", { method: "POST", body: "x" });
    expect(askedFor("/remembered")).toEqual([second]);
  });
});

/** Both gateways, as this token prefers them. */
async function preferred(token: string): Promise<[string, string]> {
  const first = (await bench.get(token, "/who")).body;
  return first === "localhost" ? ["localhost", "127.0.0.1"] : ["127.0.0.1", "localhost"];
}

describe("Cloudflare's own answers about a gateway", () => {
  test.each([521, 522, 523, 525, 526, 530])("%i: the next gateway is asked", async (status) => {
    await forgive();
    const token = await twoGateways();
    const [first, second] = await preferred(token);
    behaviour.set(first, status);
    expect((await bench.get(token, `/status-${status}`)).body).toBe(second);
  });

  test.each([
    [521, 502],
    [520, 504],
    [524, 504],
  ])("%i of the only gateway is a refusal of ours with status %i, not Cloudflare's page", async (status, ours) => {
    behaviour.set("localhost", status);
    const headers = { "sec-fetch-mode": "navigate", accept: "text/html" };
    const answer = await bench.get(await edgeToken(), "/only", { headers });
    expect(answer.status).toBe(ours);
    expect(answer.body).not.toContain("cloudflare");
    expect(answer.body).toContain("Reference:");
  });

  test("a 524 is not tried elsewhere: the first gateway may be at it still", async () => {
    await forgive();
    const token = await twoGateways();
    behaviour.set((await preferred(token))[0], 524);
    expect((await bench.get(token, "/slow")).status).toBe(504);
    expect(askedFor("/slow")).toHaveLength(1);
  });

  test("the same status in an answer that our gateway signed off passes", async () => {
    const answer = await bench.get(await edgeToken(), "/odd");
    expect([answer.status, answer.body]).toEqual([521, "odd"]);
  });
});
