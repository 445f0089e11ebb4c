import { IncomingMessage } from "node:http";

/** What Node's own server looks for in a request's `headers`, by the length of its name. */
const FOR_NODE: readonly (string | undefined)[] = byLength(["expect", "content-length", "transfer-encoding"]);

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
    const name = raw[index] as string;
    const wanted = FOR_NODE[name.length];
    if (wanted !== undefined && name.toLowerCase() === wanted) picked[wanted] ??= raw[index + 1] as string;
  }
  return picked;
}

function byLength(names: readonly string[]): (string | undefined)[] {
  const longest = Math.max(...names.map(({ length }) => length));
  return Array.from({ length: longest + 1 }, (_, length) => names.find((name) => name.length === length));
}

/** Whether some of a request's body has yet to come. */
export function isBodyPending({ complete, rawHeaders }: IncomingMessage): boolean {
  if (complete) return false;
  const { "content-length": length, "transfer-encoding": coding } = pick(rawHeaders);
  return coding !== undefined || (length !== undefined && length !== "0");
}
