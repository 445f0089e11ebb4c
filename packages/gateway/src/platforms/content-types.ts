import { type HeaderPairs, headerValue, withHeader } from "./headers.ts";
import type { Passage } from "./platform.ts";
import { pathOf } from "./second-ports.ts";

/** What a browser must be told about files of these suffixes. */
const TYPES: Readonly<Record<string, string>> = {
  js: "application/javascript",
  jsesp: "application/javascript",
  mjs: "application/javascript",
  wasm: "application/wasm",
  css: "text/css",
  html: "text/html",
  htm: "text/html",
  esp: "text/html",
  json: "application/json",
  xml: "text/xml",
  svg: "image/svg+xml",
  png: "image/png",
  gif: "image/gif",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  ico: "image/x-icon",
};

/** Types of files that were stored compressed, or of which the server knew nothing. */
const BLANK = /^\s*(?:application\/(?:x-gzip|gzip|octet-stream)|text\/plain)\b/i;
const HTML = /^\s*text\/html\b/i;

/** Answers with a type that cannot be meant, for a path whose suffix says which is: with that one. */
export function withTrueType(passage: Passage, headers: HeaderPairs): HeaderPairs {
  const suffix = /\.([a-z]+)$/i.exec(pathOf(passage))?.[1]?.toLowerCase() ?? "";
  const type = Object.hasOwn(TYPES, suffix) ? TYPES[suffix] : undefined;
  const said = headerValue(headers, "content-type");
  if (type === undefined || said === undefined) return headers;
  const wrong = BLANK.test(said) || (HTML.test(said) && type === TYPES.js);
  return wrong ? withHeader(headers, "Content-Type", type) : headers;
}
