import { type Mutation, WEB } from "./mutation.ts";

const HEAD = ["--project", "unit", "packages/gateway/test/entrypoints/upgrade-head.test.ts"];
const FIRST = ["--project", "unit", "packages/gateway/test/entrypoints/first-bytes.test.ts"];

const inHead = (protection: string, from: string, to: string): Mutation => ({
  protection,
  file: `${WEB}/upgrade-head.ts`,
  from,
  to,
  tests: HEAD,
});

const inFirst = (protection: string, from: string, to: string): Mutation => ({
  protection,
  file: `${WEB}/first-bytes.ts`,
  from,
  to,
  tests: FIRST,
});

/** Upgrades that are read without Node's parser: all that could be read in another way is left to it. */
export const upgrades: readonly Mutation[] = [
  inHead("an upgrade's head is short", "if (bytes.length > MOST_BYTES) return undefined;", ""),
  inHead(
    "nothing stands behind an upgrade's head",
    "if (end < 0 || end + HEAD_END.length !== text.length) return undefined;",
    "if (end < 0) return undefined;",
  ),
  inHead("an upgrade is a GET", "/^GET (", "/^[A-Z]+ ("),
  inHead("an upgrade's version is known", "HTTP\\/1\\.1\\r\\n/", "HTTP\\/1\\.[01]\\r\\n/"),
  inHead("an upgrade's target has no blanks", "[\\x21-\\x7e]*) HTTP", "[\\x20-\\x7e]*) HTTP"),
  inHead("an upgrade's target has no controls", "[\\x21-\\x7e]*) HTTP", "[\\x09\\x21-\\x7f]*) HTTP"),
  inHead("an upgrade's target is ASCII", "[\\x21-\\x7e]*) HTTP", "[\\x21-\\x7e\\x80-\\xff]*) HTTP"),
  inHead("an upgrade leads to a console", "(\\/websocket\\/[", "(\\/["),
  inHead("an upgrade's lines follow one another", "\\r\\n/y", "\\r\\n/g"),
  inHead("an upgrade's values have no blanks before them", "+): ([\\x21", "+): ([\\x20"),
  inHead("an upgrade's values have no blanks behind them", "[\\x21-\\x7e])?)", "[\\x20-\\x7e])?)"),
  inHead("an upgrade's values have no controls", "[\\x20-\\x7e]*[", "[\\x00-\\x09\\x20-\\x7e]*["),
  inHead("an upgrade's values are ASCII", "[\\x20-\\x7e]*[", "[\\x20-\\xff]*["),
  inHead("an upgrade's names are tokens", "[!#$%&'*+.^_`|~0-9A-Za-z-]+", "[^:]*"),
  inHead("an upgrade has no length", '  "content-length",\n', ""),
  inHead("an upgrade has no transfer coding", '  "transfer-encoding",\n', ""),
  inHead("an upgrade waits for no word", '  "expect",\n', ""),
  inHead("an upgrade has one Connection by any name", '  "proxy-connection",\n', ""),
  inHead("an upgrade has a Host", "return this.#seen.host && ", "return "),
  inHead("an upgrade's headers that count stand once", "this.#seen[kind] || ", ""),
  inHead("an upgrade is to WebSocket", "upgrade: /^websocket$/i", "upgrade: /./"),
  inHead("an upgrade's connection is upgraded", "connection: /^upgrade$/i", "connection: /./"),
  inHead(
    "an upgrade has no more headers than are let in",
    "return required.complete && pairs.length <= 2 * MOST_HEADERS ? pairs : undefined;",
    "return required.complete ? pairs : undefined;",
  ),
  inFirst("what comes behind an upgrade waits for its reader", "socket.readableFlowing = null;", ""),
  inFirst("what Node is to read is said to it", "if (event !== undefined) socket.emit(event, heard);", ""),
  inFirst("a connection that was given away is ours no more", '      socket.off("data", onData);\n', ""),
  inFirst("who says nothing is timed", ", this.#options.patience).unref();", ", 2 ** 30).unref();"),
  inFirst("who went is not waited for", "if (!socket.destroyed) this.#handOver(socket);", "this.#handOver(socket);"),
  inFirst("who breaks off is told of", 'socket.on("error", onError);', 'socket.on("error", forget);'),
];
