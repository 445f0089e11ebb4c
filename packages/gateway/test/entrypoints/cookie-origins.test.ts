import { expect, test } from "vitest";
import type { Session } from "../../src/admission/session.ts";
import { CookieOrigins } from "../../src/entrypoints/web/cookie-origins.ts";

const session = {} as Session;
const setting = (name: string) => ["Set-Cookie", `${name}=a-long-value; Path=/deep`];

test("a controller that sets cookies without end has its own forgotten, and nobody else's", () => {
  const origins = new CookieOrigins();
  origins.noteAnswer("10.0.0.1", setting("secret"));
  for (let count = 0; count < 60_000; count++) origins.noteAnswer("10.0.0.2", setting(`flood-${count}`));
  expect(origins.ownCookies(session, "10.0.0.2", "secret=a-long-value")).toBe("");
  const flood = "flood-0=a-long-value; flood-59999=a-long-value";
  expect(origins.ownCookies(session, "10.0.0.1", flood)).toBe("flood-0=a-long-value");
});

test("many controllers together are remembered up to a bound, the newest", () => {
  const origins = new CookieOrigins();
  for (let count = 0; count < 50_001; count++) origins.noteAnswer(`10.${count % 256}.0.1`, setting(`cookie-${count}`));
  expect(origins.ownCookies(session, "10.0.0.9", "cookie-0=a-long-value; cookie-50000=a-long-value")).toBe(
    "cookie-0=a-long-value",
  );
});
