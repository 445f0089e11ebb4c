import type { IncomingMessage } from "node:http";
import { BadCall } from "./route.ts";

const MAX_BODY = 64 * 1024;

/** A request's JSON. @throws BadCall where it is none, or too much of it */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > MAX_BODY) throw new BadCall(`the body may have ${MAX_BODY} bytes at most`);
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new BadCall("the body must be JSON");
    throw error;
  }
}
