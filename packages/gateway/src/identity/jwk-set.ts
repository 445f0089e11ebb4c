import { readFile } from "node:fs/promises";

const FETCH_TIMEOUT = 5_000;
/** A JWK set of a hundred keys has some 50 KiB. */
const MAX_BYTES = 256 * 1024;

/** What reads a JWK set from a file, or from an https URL without following redirects. */
export function jwkSetLoader(source: string): () => Promise<unknown> {
  return source.startsWith("https://")
    ? () => fetchJson(source)
    : async () => JSON.parse(await readFile(source, "utf8"));
}

async function fetchJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(FETCH_TIMEOUT) });
  if (!response.ok) throw new Error(`the JWK set's address answered ${response.status}`);
  const text = await response.text();
  if (text.length > MAX_BYTES) throw new Error("the JWK set is too large");
  return JSON.parse(text);
}
