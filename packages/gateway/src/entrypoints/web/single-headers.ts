import { Header, OWN_PREFIX } from "@sallyport/shared";

/**
 * Headers that are read here. Those of ours, and those by which somebody could be misled if two stood in one request (a
 * browser's own beside the edge's).
 */
const READ = new Set<string>([
  "host",
  "origin",
  "referer",
  "content-length",
  "transfer-encoding",
  "sec-fetch-site",
  "sec-fetch-mode",
  "sec-fetch-dest",
  "service-worker",
  "sec-websocket-key",
  "sec-websocket-version",
  "upgrade",
  "x-auth-token",
  ...Object.values(Header),
]);

const PLACES: ReadonlyMap<string, number> = new Map([...READ].map((name, place) => [name, place]));

/** Whether a header, its name given in lower case, may stand only once. */
export function isSingle(lower: string): boolean {
  return PLACES.has(lower) || lower.startsWith(OWN_PREFIX);
}

/**
 * The headers of one request that may stand only once, by lower-case name. Each has its place in a list: a Map would be
 * laid out anew three times while it is filled, for every request.
 */
export class SingleHeaders {
  readonly #values = new Array<string | undefined>(PLACES.size).fill(undefined);
  /** Of names with our prefix that have no meaning. */
  #others: Map<string, string> | undefined;

  get(name: string): string | undefined {
    const place = PLACES.get(name);
    return place === undefined ? this.#others?.get(name) : this.#values[place];
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** False where there is one of this name already. */
  add(name: string, value: string): boolean {
    if (this.has(name)) return false;
    const place = PLACES.get(name);
    if (place === undefined) this.#other(name, value);
    else this.#values[place] = value;
    return true;
  }

  #other(name: string, value: string): void {
    this.#others ??= new Map();
    this.#others.set(name, value);
  }
}
