import { MAX_TOKEN_LENGTH } from "@sallyport/shared";

/** What a form or a script posts to us: a few short fields. */
export type Form = ReadonlyMap<string, string>;

/** Bytes: a token, percent-encoded at worst, and the names around it. */
const MAX_FORM = 4 * MAX_TOKEN_LENGTH;

/** Reads the fields of a body, form or JSON. Undefined where it is longer than any of ours, or cannot be read. */
export async function readForm(request: Request): Promise<Form | undefined> {
  const text = await readText(request.body);
  if (text === undefined) return undefined;
  if (!request.headers.get("content-type")?.includes("json")) return new Map(new URLSearchParams(text));
  try {
    const value: unknown = JSON.parse(text);
    const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Stops at the first byte too many, whatever Content-Length says. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_FORM) return undefined;
  }
  return text + decoder.decode();
}
