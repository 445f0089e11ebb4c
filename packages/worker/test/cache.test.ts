import { describe, expect, test } from "vitest";
import { allowBrowserCache } from "../src/cache.ts";

describe("the browser's cache (P-10, mended)", () => {
  const get = (path: string, method = "GET") => new Request(`https://k7.example.test${path}`, { method });
  const answer = (headers: Record<string, string> = {}, status = 200) => new Response("x", { status, headers });
  const kept = (request: Request, response: Response, remaining = 120) =>
    allowBrowserCache(request, response, remaining).headers.get("cache-control");
  const asset = get("/js/app.9f8e7d6c.js");

  test("a file named by its content may be kept by this browser, no longer than the session, and no longer than an hour", () => {
    expect(kept(asset, answer())).toBe("private, max-age=120");
    expect(kept(asset, answer(), 100_000)).toBe("private, max-age=3600");
  });

  test.each([
    ["a console screenshot", get("/capconsole/scapture0.png"), answer()],
    ["a refusal", asset, answer({}, 404)],
    ["what sets a cookie", asset, answer({ "set-cookie": "a=1" })],
    ["what varies", asset, answer({ vary: "cookie" })],
    ["a log-in page in the file's place", asset, answer({ "content-type": "text/html; charset=utf-8" })],
    ["a POST", get("/js/app.9f8e7d6c.js", "POST"), answer()],
  ])("%s is not", (_, request, response) => {
    expect(kept(request, response)).toBeNull();
  });

  test("the controller's own word stands", () => {
    expect(kept(asset, answer({ "cache-control": "no-store" }))).toBe("no-store");
    expect(kept(asset, answer({ expires: "0" }))).toBeNull();
    expect(kept(asset, answer({ pragma: "no-cache" }))).toBeNull();
  });
});
