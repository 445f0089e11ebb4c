import fc from "fast-check";
import { expect, test } from "vitest";
import {
  buildWebSocketPath,
  cutEnvelope,
  decodeEnvelope,
  encodeEnvelope,
  LEGACY_HEADERS,
  parseEnvelope,
  parseWebSocketPath,
  readCookies,
  writeCookies,
} from "../../src/index.ts";

const latin1 = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const envelope = fc.dictionary(fc.constantFrom(...LEGACY_HEADERS), latin1, { noNullPrototype: true });
const bare = (headers: Record<string, string>) => btoa(JSON.stringify(headers));

const spellings = [
  { spelling: "percent-encoded, as ours", of: encodeEnvelope },
  { spelling: "bare, as the original's", of: bare },
  {
    spelling: "with spaces for plus signs",
    of: (headers: Record<string, string>) => bare(headers).replaceAll("+", " "),
  },
  {
    spelling: "in the URL alphabet",
    of: (headers: Record<string, string>) =>
      bare(headers).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  },
];

test.for(spellings)("an envelope comes out as it went in: $spelling", ({ of }) => {
  const property = fc.property(envelope, (headers) => {
    expect(decodeEnvelope(of(headers), LEGACY_HEADERS)).toEqual({ ok: true, value: headers });
  });
  fc.assert(property, { numRuns: 500 });
});

/** Any path and query of visible characters, with many of the pieces that could be mistaken. */
const piece = fc.oneof(
  fc.constantFrom("headers=", "&headers=", "?headers=", "&", "?", "=", "/", "//", "%", "%26", ";", "headers"),
  fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 5 }),
);
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/${pieces.join("")}`.replaceAll("#", ""));

test("a path and query come out as they went in, byte for byte", () => {
  const property = fc.property(target, envelope, fc.integer({ min: 1, max: 65_535 }), (path, headers, port) => {
    const sealed = encodeEnvelope(headers);
    const built = buildWebSocketPath({ address: "10.0.0.1", port, target: path, envelope: sealed });
    expect(parseWebSocketPath(built, false)).toEqual({ address: "10.0.0.1", port, target: path, envelope: sealed });
    expect(cutEnvelope(built)).toEqual({ kept: `/websocket/10.0.0.1/${port}${path}`, envelope: sealed });
  });
  fc.assert(property, { numRuns: 3000 });
});

test("behind an original edge, which doubles the slash and drops the query, the path comes out too", () => {
  const property = fc.property(target, envelope, (path, headers) => {
    const pathname = path.replaceAll("?", "");
    const built = `/websocket/10.0.0.1/443/${pathname}?headers=${bare(headers)}`;
    expect(parseWebSocketPath(built, true)).toMatchObject({ target: pathname, envelope: bare(headers) });
  });
  fc.assert(property, { numRuns: 1000 });
});

test("cutting takes nothing but the envelope", () => {
  const property = fc.property(target, (path) => {
    const { kept, envelope: cut } = cutEnvelope(path);
    const lost = path.length - kept.length;
    expect(lost).toBe(cut === undefined ? 0 : `&headers=${cut}`.length);
  });
  fc.assert(property, { numRuns: 2000 });
});

test("no text makes a reader throw", () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    target,
    fc.base64String(),
    fc.json().map((text) => btoa(encodeURIComponent(text))),
  );
  const property = fc.property(texts, (text) => {
    decodeEnvelope(text, LEGACY_HEADERS);
    parseEnvelope(text);
    parseWebSocketPath(text, true);
    cutEnvelope(text);
    readCookies(text);
  });
  fc.assert(property, { numRuns: 3000 });
});

test("cookies leave as they came but for the spaces between them", () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...'; =\t"='),
      fc.integer({ min: 0x21, max: 0xff }).map((code) => String.fromCharCode(code)),
    ),
    maxLength: 80,
  });
  const property = fc.property(text, (header) => {
    const parts = header.split(";").map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""));
    const written = writeCookies(readCookies(header));
    expect(written).toBe(parts.filter((part) => part !== "").join("; "));
    expect(writeCookies(readCookies(written))).toBe(written);
  });
  fc.assert(property, { numRuns: 2000 });
});
