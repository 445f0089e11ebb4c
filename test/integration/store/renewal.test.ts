import { describe, expect, test } from "vitest";
import { call } from "../../support/http-client.ts";
import { startPair, stores } from "./support.ts";

describe.each(stores)("two gateways on one %s", (_, start) => {
  test("a session that is renewed at one goes on at both, and ends with the fresh token at both", async () => {
    await using shared = await start();
    await using pair = await startPair(shared);
    const exp = Math.floor(Date.now() / 1000) + 3;
    const token = await pair.token({ sub: "a", exp });
    const consoles = [await pair.console(0, token), await pair.console(1, token)];
    const fresh = await pair.token({ sub: "a", exp: exp + 3 });
    const [gateway] = pair.gateways;
    const headers = {
      Host: "gw1.example.test",
      "X-PM-Host": "127.0.0.1",
      "X-Forwarded-Host": "k7.example.test",
      "X-Forwarded-Proto": "https",
      "X-PM-Renewal": fresh,
      Cookie: `pm-session=${token}`,
    };
    const renewed = await call(`https://127.0.0.1:${gateway.port}`, "/gpsession", {
      ca: gateway.ca,
      method: "POST",
      headers,
    });
    expect(renewed.status).toBe(204);
    expect(await Promise.all(consoles.map((one) => one.closing()))).toEqual([
      "4001 sallyport:expired",
      "4001 sallyport:expired",
    ]);
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp + 3);
  });
});
