import { describe, expect, test } from "vitest";
import { platformNamed } from "../../src/platforms/families.ts";
import { generic } from "../../src/platforms/generic.ts";
import type { Passage } from "../../src/platforms/platform.ts";
import { PASSAGE } from "./support.ts";

const ASKED: Passage = {
  ...PASSAGE,
  sessionKey: "key-of-the-cookie",
  cookies: "sessionKey=key-of-the-cookie",
};

const tokens = (platform: string | undefined, more: Partial<Passage> = {}) => {
  const pairs = (platformNamed(platform ?? "") ?? generic).requestHeaders({ ...ASKED, ...more });
  return pairs.filter((_, index) => pairs[index - 1]?.toLowerCase() === "x-auth-token");
};

describe("the session key that an edge read from iLO's cookie", () => {
  test.each(["ilo", "iLO5", "ilo6"])("becomes X-Auth-Token for %s (P-05)", (platform) => {
    expect(tokens(platform)).toEqual(["key-of-the-cookie"]);
  });

  test("never goes over a genuine one", () => {
    expect(tokens("ilo", { headers: ["x-auth-token", "genuine"] })).toEqual(["genuine"]);
  });

  test.each([undefined, "openbmc", "idrac9"])("means nothing to another platform (%s)", (platform) => {
    expect(tokens(platform)).toEqual([]);
  });

  test("is not for upgrades, nor where the edge gave none", () => {
    expect(tokens("ilo", { upgrade: true })).toEqual([]);
    expect(tokens("ilo", { sessionKey: undefined })).toEqual([]);
  });
});
