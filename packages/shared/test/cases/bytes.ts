import { isAlgorithm, latin1, randomId, sha256, toBase64Url, utf8 } from "@sallyport/shared";
import { type Group, table } from "./case.ts";
import { equal } from "./check.ts";

/** RFC 4648, 10, without padding; and all that differs from the plain alphabet. */
const base64: readonly { bytes: readonly number[]; text: string }[] = [
  { bytes: [], text: "" },
  { bytes: [0x66], text: "Zg" },
  { bytes: [0x66, 0x6f], text: "Zm8" },
  { bytes: [0x66, 0x6f, 0x6f], text: "Zm9v" },
  { bytes: [0xfb, 0xff, 0xbf], text: "-_-_" },
  { bytes: [0xff], text: "_w" },
];

export const bytes: Group = {
  name: "bytes",
  cases: [
    ...table(
      base64,
      ({ text }) => `base64url "${text}"`,
      ({ bytes: given, text }) => equal(toBase64Url(new Uint8Array(given)), text),
    ),
    {
      name: "base64url of a megabyte",
      run: () => equal(toBase64Url(new Uint8Array(1 << 20)).length, Math.ceil((1 << 20) / 3) * 4 - 2),
    },
    { name: "UTF-8", run: () => equal([...utf8("a\u00e9\u20ac")], [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac]) },
    { name: "Latin-1", run: () => equal([...latin1("a\u00e9\u00ff\u0000")], [0x61, 0xe9, 0xff, 0]) },
    {
      name: "SHA-256 (FIPS 180-4, one block)",
      run: async () => equal(await sha256("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
    },
    {
      name: "random identifiers have 128 bits and differ",
      run: () => {
        const ids = Array.from({ length: 1000 }, randomId);
        equal([new Set(ids).size, ids.every((id) => /^[A-Za-z0-9_-]{22}$/.test(id))], [1000, true]);
      },
    },
    {
      name: "algorithms are known by their very names",
      run: () =>
        equal(
          ["HS256", "HS384", "HS512", "EdDSA", "ES256", "RS256", "none", "hs256", "PS256", "toString", ""].filter(
            isAlgorithm,
          ),
          ["HS256", "HS384", "HS512", "EdDSA", "ES256", "RS256"],
        ),
    },
  ],
};
