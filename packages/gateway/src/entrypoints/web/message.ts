import { IncomingMessage } from "node:http";

/** What Node's own server looks for in a request's `headers`. */
const FOR_NODE: ReadonlySet<string> = new Set(["expect", "content-length", "transfer-encoding"]);
const LENGTHS: ReadonlySet<number> = new Set([...FOR_NODE].map(({ length }) => length));

/**
 * A request whose head is read from `rawHeaders` alone. Node would fold every header of every request into an object,
 * just to look for those few; here `headers` has nothing else.
 */
export class WebMessage extends IncomingMessage {
  #forNode: Readonly<Record<string, string>> | undefined;

  get headersForNode(): Readonly<Record<string, string>> {
    this.#forNode ??= pick(this.rawHeaders);
    return this.#forNode;
  }
}

// Of the type it is a property, of Node's class an accessor.
Object.defineProperty(WebMessage.prototype, "headers", {
  get(this: WebMessage) {
    return this.headersForNode;
  },
});

function pick(raw: readonly string[]): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  for (let index = 0; index < raw.length; index += 2) {
    const { length } = raw[index] as string;
    const name = LENGTHS.has(length) ? (raw[index] as string).toLowerCase() : "";
    if (FOR_NODE.has(name)) picked[name] ??= raw[index + 1] as string;
  }
  return picked;
}

/** Whether some of a request's body has yet to come. */
export function isBodyPending({ complete, rawHeaders }: IncomingMessage): boolean {
  if (complete) return false;
  const { "content-length": length, "transfer-encoding": coding } = pick(rawHeaders);
  return coding !== undefined || (length !== undefined && length !== "0");
}
