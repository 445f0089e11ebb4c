import { once } from "node:events";
import { Agent, request } from "node:https";
import type { Prey } from "./attackers.ts";

const REQUESTS = 1_000;

/** Milliseconds under which 99 of 100 requests of one honest client stayed, one after the other on a kept connection. */
export async function p99({ port, token }: Prey): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const headers = { cookie: `pm-session=${token}`, "x-pm-host": "127.0.0.1" };
  const times: number[] = [];
  for (let count = 0; count < REQUESTS; count++) {
    const began = performance.now();
    const [answer] = await once(request({ host: "127.0.0.1", port, agent, headers }).end(), "response");
    await once(answer.resume(), "end");
    times.push(performance.now() - began);
    if (answer.statusCode !== 200) throw new Error(`an honest client got ${answer.statusCode}`);
  }
  agent.destroy();
  return times.sort((one, other) => one - other)[Math.floor(REQUESTS * 0.99)] ?? Number.NaN;
}
