import { once } from "node:events";
import { WebSocket } from "ws";
import { type Called, type CallOptions, call, cookiesOf } from "../../support/http-client.ts";
import type { Stack } from "../../support/stack.ts";

/** A customer without a browser: enters by link, keeps cookies, logs in to the controller. */
export class Customer {
  readonly #edge: string;
  readonly #cookies = new Map<string, string>();

  constructor(stack: Stack) {
    this.#edge = stack.edge.url;
  }

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  async send(path: string, options: CallOptions = {}): Promise<Called> {
    const headers = { cookie: this.cookie, origin: this.#edge, ...options.headers };
    const answer = await call(this.#edge, path, { ...options, headers });
    for (const pair of cookiesOf(answer).split("; ").filter(Boolean)) {
      this.#cookies.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return answer;
  }

  /** Opens the link and logs in as the controller's root. */
  async enter(token: string): Promise<void> {
    await this.send(`/gpsession?token=${token}`);
    const body = JSON.stringify({ username: "root", password: "0penBmc" });
    const answer = await this.send("/login", { method: "POST", body, headers: { "content-type": "application/json" } });
    if (answer.status !== 200) throw new Error(`log-in answered ${answer.status}: ${answer.body}`);
  }

  renew(token: string): Promise<Called> {
    const headers = { "content-type": "application/json" };
    return this.send("/gpsession", { method: "POST", body: JSON.stringify({ token }), headers });
  }

  /** The serial console, once its first prompt came. */
  async console(): Promise<WebSocket> {
    const socket = new WebSocket(
      `${this.#edge.replace("http", "ws")}/console/default`,
      [this.#cookies.get("XSRF-TOKEN") ?? ""],
      {
        headers: { cookie: this.cookie, origin: this.#edge },
      },
    );
    await once(socket, "message");
    return socket;
  }
}

/** The end of a WebSocket: its close code, reason, and when it came (milliseconds, wall clock). */
export async function closing(socket: WebSocket): Promise<{ code: number; reason: string; at: number }> {
  const [code, reason] = await once(socket, "close");
  return { code, reason: String(reason), at: Date.now() };
}

/** Types a line and waits for the text in what comes back. */
export async function typed(socket: WebSocket, line: string, expected: string): Promise<void> {
  socket.send(`${line}\r`);
  let seen = "";
  while (!seen.includes(expected)) {
    const [data] = await once(socket, "message");
    seen += String(data);
  }
}
