import { secretBytes, secretWeakness, splitSecrets } from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { equal } from "./check.ts";

const GOOD = "kQ7v-bq2T9_xW4sZ8fL1nR6mD3hJ5cY0";

export const secrets: Group = {
  name: "secrets",
  cases: [
    {
      name: "are lines; blanks and commas belong to them",
      run: () => equal(splitSecrets(` a, b \r\n\nc\n`), [" a, b ", "c"]),
    },
    ...table(
      [
        { secret: "changeme", known: true },
        { secret: "Change-Me_".repeat(8), known: true },
        { secret: "a-string-secret-at-least-256-bits-long", known: true },
        { secret: "x9Q-short-but-random", known: false },
        { secret: "ab".repeat(40), known: false },
      ],
      ({ secret }) => `${secret} would be guessed`,
      ({ secret, known }) => equal(secretWeakness(secret)?.known, known),
    ),
    { name: "a random one would not", run: () => equal(secretWeakness(GOOD), undefined) },
    { name: "no weakness names the secret", run: () => equal(secretWeakness("tiny")?.text.includes("tiny"), false) },
    {
      name: "need as many bytes as the longest hash they are used with (RFC 7518, 3.2)",
      run: () =>
        equal(
          [
            secretBytes([]),
            secretBytes(["EdDSA", "HS384"]),
            secretBytes(["HS512", "HS256"]),
            secretWeakness(GOOD, 64)?.text,
          ],
          [32, 48, 64, "has 32 bytes: 64 or more"],
        ),
    },
  ],
};
