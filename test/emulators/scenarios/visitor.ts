import type { OutgoingHttpHeaders } from "node:http";
import { ConsoleSocket } from "./console-socket.ts";
import { CookieJar } from "./cookie-jar.ts";
import { must } from "./steps.ts";
import type { Answer, Via } from "./via.ts";

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The path of the page that asks. Default: the last one visited. */
  readonly from?: string;
  /** Stops reading as soon as the answer's body contains this. */
  readonly until?: string;
}

const MAX_REDIRECTS = 5;

/** A browser as a controller sees it: cookies, Origin, Referer and Accept-Encoding as Chromium sends them. */
export class Visitor {
  readonly via: Via;
  readonly cookies = new CookieJar();
  /** The path of the page that is open; before the first one, as from an empty tab, there is none to refer to. */
  page: string | undefined;

  constructor(via: Via) {
    this.via = via;
  }

  /** What a script on the page fetches. */
  async fetch(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { origin } = this.via;
    const from = sent.from ?? this.page;
    const headers = {
      Host: origin.slice("https://".length),
      ...(sent.body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(sent.body)) }),
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0",
      Accept: "*/*",
      ...sent.headers,
      ...(method === "GET" ? {} : { Origin: origin }),
      "Sec-Fetch-Site": from === undefined ? "none" : "same-origin",
      ...(from === undefined ? {} : { Referer: origin + from }),
      "Accept-Encoding": "gzip, deflate, br",
      ...this.#cookieHeader(path),
    };
    const answer = await this.via.call({
      method,
      path,
      headers: Object.entries(headers).flat(),
      ...(sent.body === undefined ? {} : { body: sent.body }),
      ...(sent.until === undefined ? {} : { until: sent.until }),
    });
    this.cookies.take(answer.headers["set-cookie"] ?? []);
    return answer;
  }

  /** The same, for scripts that expect a status. @throws Error naming another one */
  async expect(status: number, method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const answer = await this.fetch(method, path, sent);
    must(answer.status === status, `${method} ${path}: ${answer.status} ${firstLine(answer)}`);
    return answer;
  }

  /** Goes to a page and follows where it leads, within the origin. @throws Error for any answer but 200, and for another origin */
  async visit(path: string, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
    let at = path;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await this.fetch("GET", at, { headers: { Accept: "text/html,*/*", ...headers } as never });
      const { location } = answer.headers;
      if (location === undefined || answer.status < 300 || answer.status > 399) {
        must(answer.status === 200, `GET ${at}: ${answer.status} ${firstLine(answer)}`);
        this.page = at;
        return answer;
      }
      at = this.within(location, at);
    }
    throw new Error(`GET ${path}: more than ${MAX_REDIRECTS} redirections`);
  }

  /** Path and query of a URL that the controller names. @throws Error where it leads to another origin than the browser's */
  within(reference: string, base = this.page ?? "/"): string {
    const { origin } = this.via;
    const url = new URL(reference, origin + base);
    must(url.origin === origin, `leads away to ${url.origin}`);
    return url.pathname + url.search;
  }

  /**
   * Opens a WebSocket from the page.
   *
   * @param url path and query on the page's own origin, or a `wss://` URL
   * @throws Error where it leads to another host
   */
  async open(url: string, protocols: readonly string[] = []): Promise<ConsoleSocket> {
    const { origin } = this.via;
    const parts = /^wss:(\/\/[^/?]*)(.*)$/.exec(url);
    const [place, path] = parts === null ? [origin, url] : [`https:${parts[1]}`, parts[2] ?? ""];
    must(new URL(place).hostname === new URL(origin).hostname, `the console leads away to ${place}`);
    const headers = { Origin: origin, ...this.#cookieHeader(path.split("?")[0] ?? "/") };
    return ConsoleSocket.over(this.via.open({ origin: place, path, protocols, headers }));
  }

  /** As `location.hostname` in a page. */
  get hostname(): string {
    return new URL(this.via.origin).hostname;
  }

  #cookieHeader(path: string): { readonly Cookie?: string } {
    const cookies = this.cookies.header(path);
    return cookies === "" ? {} : { Cookie: cookies };
  }
}

/** What the page's JSON block of this id holds. @throws Error where there is none */
export function dataIn(page: Answer, id: string): Readonly<Record<string, unknown>> {
  const text = new RegExp(`<script type="application/json" id="${id}">([^<]*)</script>`).exec(
    page.body.toString(),
  )?.[1];
  must(text !== undefined, `the page has no ${id}`);
  return JSON.parse(text);
}

function firstLine({ body }: Answer): string {
  return body.toString().split("\n")[0]?.slice(0, 100) ?? "";
}
