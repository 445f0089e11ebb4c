import { readUpgradeHead } from "../../../packages/gateway/src/entrypoints/web/upgrade-head.ts";
import { differenceToNode } from "../../support/upgrades.ts";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const NEEDED = "Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

/** First bytes of clients: what we read as an upgrade Node's own server reads alike. */
export const upgradeHeads: Target = {
  name: "upgrade heads",
  seeds: [
    `GET /websocket/10.0.0.7/443/kvm?headers=e30%3D HTTP/1.1\r\n${NEEDED}\r\n`,
    `GET /websocket/a HTTP/1.1\r\nX-A: b\r\n${NEEDED}Cookie: a=b; c=d\r\n\r\n`,
    `GET /websocket/a HTTP/1.1\r\n${NEEDED}Content-Length: 2\r\n\r\nok`,
    `GET /websocket/a HTTP/1.1\r\n${NEEDED}Transfer-Encoding: chunked\r\n\r\n`,
    `GET /websocket/a HTTP/1.1\r\n${NEEDED}\r\n\x81\x80abcd`,
    `GET / HTTP/1.1\r\n${NEEDED}\r\n`,
  ],
  dictionary: [
    ..."\r\n|\n|\r|\r\n\r\n|: |:| |\t|\u0000|\u000b|\u000c|\xa0|\x7f|,|;|#|?|%00".split("|"),
    "GET ",
    "/websocket/",
    " HTTP/1.1",
    " HTTP/1.0",
    "Host: b\r\n",
    "Upgrade: h2c\r\n",
    "Connection: close\r\n",
    "Content-Length: 2\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Proxy-Connection: close\r\n",
    "Expect: 100-continue\r\n",
    "X: y\r\n",
  ],
  run(input) {
    const bytes = Buffer.from(input, "latin1");
    const difference = differenceToNode(bytes);
    holds(difference === undefined, difference ?? "");
    const own = readUpgradeHead(bytes);
    if (!own) return `left ${input.indexOf("\r\n\r\n") >= 0} ${input.split("\r\n").length % 16}`;
    return `${own.rawHeaders.length} ${own.url?.replace(/[a-z0-9]+/gi, "w").slice(0, 12)}`;
  },
};
