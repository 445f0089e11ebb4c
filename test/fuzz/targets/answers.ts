import { leadsAway } from "../../../packages/gateway/src/platforms/containment.ts";
import { mapResponseHeaders } from "../../../packages/gateway/src/platforms/response-headers.ts";
import { repairHead } from "../../../packages/gateway/src/pools/repair-head.ts";
import type { Target } from "../engine.ts";
import { holds } from "./holds.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Heads of old controllers, made fit for a strict parser. */
export const repairedHeads: Target = {
  name: "upstream heads",
  seeds: [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.0 302 Found\nLocation: /a\nContent-Length : 0\n\n",
    "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
  ],
  dictionary: [
    "\r\n",
    "\n",
    "\r",
    "\r\n\r\n",
    ": ",
    " ",
    "\t",
    "Content-Length",
    "Transfer-Encoding: chunked",
    "HTTP/1.1 ",
    "\u0000",
    "Set-Cookie: a=b",
    "Connection: close",
  ],
  run(input) {
    const bytes = Buffer.from(input, "latin1");
    const repaired = repairHead(bytes);
    if (!repaired) return "none";
    const text = repaired.head.toString("latin1");
    holds(text.endsWith("\r\n\r\n") && text.indexOf("\r\n\r\n") === text.length - 4, "one head comes out");
    const [status = "", ...lines] = text.slice(0, -4).split("\r\n");
    holds(/^HTTP\/1\.1 [1-9][0-9]{2} [\t\x20-\x7e]*$/.test(status), "a status line");
    for (const line of lines) {
      const colon = line.indexOf(":");
      holds(TOKEN.test(line.slice(0, colon)), `a name is a token: ${line}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      holds(!/[\u0000-\u0008\u000a-\u001f\u007f]/.test(line), "a value has no controls");
    }
    holds(
      lines.every((line) => !/^content-length:/i.test(line)),
      "the connection's end is the answer's",
    );
    holds(repaired.length <= bytes.length && (repaired.bodyLength ?? 0) >= 0, "lengths are lengths");
    const names = lines.map((line) => line.slice(0, line.indexOf(":")).toLowerCase().slice(0, 6));
    return `${repaired.interim} ${repaired.bodyLength === undefined} ${names.slice(0, 4).join()}`;
  },
};

const PUBLIC = "https://k7.example.test";
const PASSAGE = {
  target: { address: "10.0.0.7", port: 443, scheme: "https" },
  pages: { address: "10.0.0.7", port: 443, scheme: "https" },
  publicOrigin: PUBLIC,
  method: "GET",
  path: "/a/b",
  upgrade: false,
  hasOrigin: false,
  referer: undefined,
  sessionKey: undefined,
  cookies: "",
  headers: [],
} as unknown as Parameters<typeof leadsAway>[1];

/** Where a browser goes (URL standard) decides, whatever our own reading of the text. */
export const redirects: Target = {
  name: "redirects",
  seeds: [
    "/",
    "https://10.0.0.7/x",
    "//10.0.0.7:443/",
    "https://k7.example.test/",
    "../up",
    "//evil.example/",
    "/\\evil.example",
    "javascript:0",
    "https:evil.example",
    "https://10.0.0.7@evil.example/",
  ],
  dictionary: [
    "/",
    "\\",
    "//",
    "@",
    ":",
    "https:",
    "http://",
    "evil.example",
    "10.0.0.7",
    "k7.example.test",
    "\t",
    " ",
    "%2f",
    "?",
    "#",
    ".",
    "[::1]",
    "javascript:",
    "\u0000",
    ":443",
    "\xa0",
    "0x0a000007",
  ],
  run(location) {
    // What no header can hold does not come.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(location)) return "no header";
    const headers = ["Location", location];
    const away = leadsAway({ status: 302, headers }, PASSAGE);
    if (away !== undefined) return `away ${away.slice(0, 8)}`;
    const [, mapped = ""] = mapResponseHeaders(PASSAGE, { status: 302, headers });
    const base = `${PUBLIC}/a/b`;
    if (!URL.canParse(mapped, base)) return "no URL";
    const { protocol, hostname } = new URL(mapped, base);
    holds(protocol === "https:" || protocol === "http:", `no other scheme: ${protocol}`);
    holds(hostname === "k7.example.test" || hostname === "10.0.0.7", `no other host: ${hostname}`);
    return `stays ${mapped.replace(/[a-z0-9]+/gi, "w").slice(0, 16)}`;
  },
};

const OURS = ["pm-session", "__Host-pm-session", "__Host-pm-sid"];

/** The cookie's name as a browser reads it (RFC 6265bis, 5.7); of a nameless one, what it would look like when sent. */
function sentName(text: string): string {
  const pair = (text.split(";")[0] ?? "").replace(/^[ \t]+|[ \t]+$/g, "");
  const equals = pair.indexOf("=");
  const name = equals < 0 ? "" : pair.slice(0, equals).replace(/[ \t]+$/, "");
  const value = equals < 0 ? pair : pair.slice(equals + 1).replace(/^[ \t]+/, "");
  const sent = name === "" ? value : `${name}=${value}`;
  return sent.includes("=") ? sent.slice(0, sent.indexOf("=")).replace(/[ \t]+$/, "") : "";
}

export const setCookies: Target = {
  name: "set-cookies",
  seeds: [
    "SID=1; Path=/; HttpOnly",
    "=pm-session=x",
    "pm-session=x; Domain=example.test",
    "__Host-pm-session=x",
    " a = b ;secure; domain=x",
  ],
  dictionary: [
    ...OURS,
    "=",
    ";",
    "; ",
    "Domain=",
    "domain",
    "Secure",
    "SameSite=None",
    " ",
    "\t",
    "\xa0",
    "Path=/",
    ",",
  ],
  run(cookie) {
    const [, mapped] = mapResponseHeaders(PASSAGE, { status: 200, headers: ["Set-Cookie", cookie] });
    if (mapped === undefined) return "dropped";
    holds(!OURS.includes(sentName(mapped)), "no cookie of ours is set");
    const attributes = mapped
      .split(";")
      .slice(1)
      .map((one) => one.trim().toLowerCase());
    holds(!attributes.some((one) => /^domain\s*(?:=|$)/.test(one)), "no cookie is another host's");
    holds(attributes.includes("secure"), "every cookie is secure");
    return `${attributes.length} ${sentName(mapped)
      .replace(/[a-z0-9]+/gi, "w")
      .slice(0, 8)}`;
  },
};
