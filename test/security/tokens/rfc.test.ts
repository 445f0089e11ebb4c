import { type Algorithm, createTokenVerifier, jwkKeySet, type KeySet, secretKeySet } from "@sallyport/shared";
import { describe, expect, test } from "vitest";
import { withPart } from "../../../packages/shared/test/cases/mint.ts";

/**
 * Signatures that others computed: the examples of RFC 7515 (appendix A) and RFC 8037 (A.4). Their payloads are no
 * session's, so a token whose signature holds is refused for what it says, and any other for its signature.
 */
interface Vector {
  readonly name: string;
  readonly alg: Algorithm;
  readonly jwk: Readonly<Record<string, string>>;
  readonly token: string;
  /** Of a token whose signature holds. */
  readonly reason: string;
}

const JOE = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const vectors: readonly Vector[] = [
  {
    name: "RFC 7515, A.2 (RS256)",
    alg: "RS256",
    jwk: {
      kty: "RSA",
      n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
      e: "AQAB",
    },
    token: `eyJhbGciOiJSUzI1NiJ9.${JOE}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    reason: "token-claim",
  },
  {
    name: "RFC 7515, A.3 (ES256)",
    alg: "ES256",
    jwk: {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    token: `eyJhbGciOiJFUzI1NiJ9.${JOE}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    reason: "token-claim",
  },
  {
    name: "RFC 8037, A.4 (EdDSA)",
    alg: "EdDSA",
    jwk: { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
    token:
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
    reason: "token-malformed",
  },
];

async function reasonOf(token: string, alg: Algorithm, keys: KeySet): Promise<string> {
  const outcome = await createTokenVerifier({ keys, algorithms: [alg] }).verify(token, 0);
  return outcome.ok ? "taken" : outcome.reason;
}

describe.each(vectors)("$name", ({ alg, jwk, token, reason }) => {
  const keys = jwkKeySet({ load: async () => ({ keys: [jwk] }), clock: () => 0 });

  test("its signature holds", async () => {
    expect(await reasonOf(token, alg, keys)).toBe(reason);
  });

  test("with one bit of its signature changed it does not", async () => {
    for (const at of [0, 20, 41, 60, 80]) {
      const changed = withPart(
        token,
        2,
        (part) => `${part.slice(0, at)}${part[at] === "B" ? "C" : "B"}${part.slice(at + 1)}`,
      );
      expect(await reasonOf(changed, alg, keys)).toBe("token-signature");
    }
  });

  test("over another payload it does not", async () => {
    expect(
      await reasonOf(
        withPart(token, 1, () => "e30"),
        alg,
        keys,
      ),
    ).toBe("token-signature");
  });
});

test("RFC 7515, A.1 (HS256): a key whose bytes no secret of ours can be does not hold, and nothing breaks", async () => {
  const token = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
  const key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
  expect(await reasonOf(token, "HS256", secretKeySet([key]))).toBe("token-signature");
});

test("RFC 7515, A.5 (none) is refused whatever is allowed", async () => {
  expect(await reasonOf(`eyJhbGciOiJub25lIn0.${JOE}.`, "HS256", secretKeySet(["x".repeat(32)]))).toBe(
    "token-malformed",
  );
});
