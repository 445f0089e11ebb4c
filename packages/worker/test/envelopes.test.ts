import { describe, expect, test } from "vitest";
import { dropHeadersParameters, edgeEnvelope, legacyEnvelope, takePageEnvelope } from "../src/envelopes.ts";

describe("a page's own headers parameter", () => {
  const pack = (value: unknown) => encodeURIComponent(btoa(JSON.stringify(value)));

  test("what is no envelope is the controller's and stays", () => {
    for (const target of ["/x?headers=abc", "/x?headers=", "/x?a=1&headers=[1]", "/x"]) {
      expect(takePageEnvelope(target)).toEqual({ ok: true, value: { target, headers: {} } });
    }
  });

  test("an envelope is taken out, the rest stays byte for byte", () => {
    const headers = { "x-auth-token": "t" };
    expect(takePageEnvelope(`/x?a=%20&headers=${pack(headers)}&b`)).toEqual({
      ok: true,
      value: { target: "/x?a=%20&b", headers },
    });
  });

  test.each(["cookie", "host", "x-pm-host", "x-forwarded-host", "origin"])("%s is not for a page to set", (name) => {
    const taken = takePageEnvelope(`/x?headers=${pack({ [name]: "v" })}`);
    expect(taken).toMatchObject({ ok: false, reason: "envelope-header" });
  });
});

describe("in the original's wire", () => {
  test.each([
    ["/x", "/x"],
    ["/x?", "/x?"],
    ["/x?a=1&b", "/x?a=1&b"],
    ["/x?headers=1", "/x"],
    ["/x?headers", "/x"],
    ["/x?a&headers=1&headers=2&b=%20", "/x?a&b=%20"],
    ["/x?%68eader%73=1&a", "/x?a"],
    ["/x?a;headers=1&b", "/x?b"],
    ["/x?Headers=1&header=2&headers2=3", "/x?Headers=1&header=2&headers2=3"],
    ["/x?%zz=headers", "/x?%zz=headers"],
    ["/headers=1?a", "/headers=1?a"],
  ])("of %s the parameters not by the envelope's name stay: %s", (given, expected) => {
    expect(dropHeadersParameters(given)).toBe(expected);
  });
});

describe("what is packed", () => {
  const request = new Request("https://k7.example.test:8443/kvm", {
    headers: { origin: "https://k7.example.test:8443", authorization: "Basic c2VjcmV0", "user-agent": "UA" },
  });

  test("no secret in ours, and the host of the URL", () => {
    expect(edgeEnvelope(request)).toEqual({
      host: "k7.example.test:8443",
      origin: "https://k7.example.test:8443",
      "user-agent": "UA",
    });
  });

  test("in the original's the cookies too; one that is no header text is left out", () => {
    expect(legacyEnvelope(request, "pm-session=t; a=1").cookie).toBe("pm-session=t; a=1");
    expect(legacyEnvelope(request, "pm-session=t; a=\u2603; b=2").cookie).toBe("pm-session=t; b=2");
  });
});
