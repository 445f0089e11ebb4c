import { on, once } from "node:events";
import { Agent, request } from "undici";
import { WebSocket } from "ws";

/** An answer, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Both secrets of a log-in by the web page's way. */
export interface LogIn {
  readonly token: string;
  readonly csrf: string;
  /** The value of a Cookie header. */
  readonly cookie: string;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A WebSocket and what comes over it. */
export interface OpenSocket {
  readonly websocket: WebSocket;
  /** The next message not yet taken. */
  next(): Promise<Buffer>;
}

/** A program that talks to an OpenBMC controller, directly or through whatever stands before it. */
export class OpenBmcClient implements AsyncDisposable {
  readonly #url: string;
  readonly #ca: string;
  readonly #agent: Agent;

  constructor(server: { readonly url: string; readonly ca: string }) {
    this.#url = server.url;
    this.#ca = server.ca;
    this.#agent = new Agent({ connect: { ca: server.ca } });
  }

  async send(method: string, path: string, sent: Sent = {}): Promise<Answer> {
    const { headers = {}, body = null } = sent;
    const response = await request(this.#url + path, { dispatcher: this.#agent, method, headers, body });
    const bytes = Buffer.from(await response.body.arrayBuffer());
    return { status: response.statusCode, headers: response.headers, body: bytes };
  }

  /** Logs in as the web page does. */
  async logIn(username = "root", password = "0penBmc"): Promise<LogIn> {
    const body = JSON.stringify({ username, password });
    const answer = await this.send("POST", "/login", { headers: { "Content-Type": "application/json" }, body });
    const cookies = [answer.headers["set-cookie"] ?? []].flat().map((cookie) => cookie.split(";")[0] ?? "");
    const value = (name: string) => cookies.find((cookie) => cookie.startsWith(`${name}=`))?.slice(name.length + 1);
    return { token: value("BMCWEB-SESSION") ?? "", csrf: value("XSRF-TOKEN") ?? "", cookie: cookies.join("; ") };
  }

  /** Opens a WebSocket; resolves when it is open. Rejects with ws's error when the handshake is refused. */
  async open(path: string, options: { protocols?: string[]; headers?: Record<string, string> }): Promise<OpenSocket> {
    const { protocols = [], headers = {} } = options;
    const websocket = new WebSocket(this.#url.replace("https", "wss") + path, protocols, { ca: this.#ca, headers });
    // From the start: the first message may come in the same read as the handshake's answer.
    const messages = on(websocket, "message", { close: ["close"] });
    await once(websocket, "open");
    return { websocket, next: async () => messageOf(await messages.next()) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#agent.destroy();
  }
}

function messageOf(result: IteratorResult<unknown[], unknown>): Buffer {
  if (result.done === true) throw new Error("the WebSocket closed before the message came");
  return result.value[0] as Buffer;
}
