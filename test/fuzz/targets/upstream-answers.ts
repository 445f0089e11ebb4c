import { differenceToLlhttp, readAnswer } from "../../support/answers.ts";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

/** Answers of controllers: what we read of one is what llhttp reads, and however it is split it reads the same. */
export const upstreamAnswers: Target = {
  name: "upstream answers",
  seeds: [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.0 302 Found\r\nLocation: /a\r\nConnection: keep-alive\r\n\r\nuntil the end",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    "HTTP/1.0 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    "HTTP/1.1 304\r\nContent-Length: 7\r\nTransfer-Encoding: identity\r\n\r\n",
  ],
  dictionary: [
    ...'\r\n|\n|\r|\r\n\r\n|: |:| |\t|\u0000|\u000b|\u000c|\xa0|\x7f|0\r\n\r\n|1\r\na\r\n|;a=b|;a="b"|;|=|,|+1|0x1'.split(
      "|",
    ),
    "Content-Length: 2",
    "Content-Length",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding",
    "identity",
    "HTTP/1.1 ",
    "HTTP/1.0 204 ",
    "Connection: close",
    "Upgrade: websocket",
    "Keep-Alive: timeout=5",
  ],
  run(input, random) {
    const bytes = Buffer.from(input, "latin1");
    const method = input.length % 5 === 0 ? "HEAD" : "GET";
    const difference = differenceToLlhttp(bytes, method);
    holds(difference === undefined, difference ?? "");
    const cut = random(bytes.length + 1);
    const whole = readAnswer([bytes], method);
    const split = readAnswer([bytes.subarray(0, cut), bytes.subarray(cut)], method);
    if ("refused" in whole) holds("refused" in split, "what is refused is refused however it is split");
    else holds(JSON.stringify(whole) === JSON.stringify(split), `split at ${cut} it reads the same`);
    return "refused" in whole
      ? whole.refused
      : `${Math.floor(whole.status / 100)} ${whole.headers.length} ${whole.end === undefined} ${whole.body.length > 0}`;
  },
};
