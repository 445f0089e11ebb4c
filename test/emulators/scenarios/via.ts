// What a person or program does with a controller of each family, from log-in to log-out, by any way there is to it.
// A scenario tells what failed and knows nothing of what stands between: the same runs directly and through a proxy.
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { gunzipSync } from "node:zlib";
import { WebSocket } from "ws";

/** One request as it goes out: header names and values in turn, in the order of the wire. */
export interface Call {
  readonly method: string;
  /** Path and query, sent as given. */
  readonly path: string;
  readonly headers: readonly string[];
  readonly body?: string | Uint8Array;
  /** Stops reading as soon as the answer's body contains this: for streams that do not end. */
  readonly until?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Decompressed where it came compressed by gzip. */
  readonly body: Buffer;
  /** The connection ended before all that had been promised came. */
  readonly cut: boolean;
}

export interface SocketCall {
  /** `https://…`: consoles may be on another port than the pages. */
  readonly origin: string;
  readonly path: string;
  readonly protocols: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
}

/** A way to a controller: directly, or through whatever stands before it. */
export interface Via {
  /** `https://…`: where a browser sees the controller's pages. */
  readonly origin: string;
  call(call: Call): Promise<Answer>;
  /** A WebSocket about to open. */
  open(call: SocketCall): WebSocket;
}

export interface ViaOptions {
  readonly origin: string;
  /** Who vouches for its certificate. */
  readonly ca: string;
  /** Cookies that the way itself needs, as a Cookie header's value. */
  readonly cookies?: string;
}

/** The way to what answers at this origin. */
export function viaOrigin({ origin, ca, cookies }: ViaOptions): Via {
  return {
    origin,
    call: (call) => send(origin, ca, { ...call, headers: withCookies(call.headers, cookies) }),
    open: (call) => {
      const { Cookie, ...headers } = call.headers;
      const joined = joinCookies(Cookie, cookies);
      return new WebSocket(call.origin.replace("https", "wss") + call.path, [...call.protocols], {
        ca,
        headers: { ...headers, ...(joined === "" ? {} : { Cookie: joined }) },
      });
    },
  };
}

/** One Cookie line, as browsers send it. */
function withCookies(headers: readonly string[], cookies: string | undefined): readonly string[] {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name === "Cookie");
  if (cookies === undefined) return headers;
  return at < 0 ? [...headers, "Cookie", cookies] : headers.with(at + 1, joinCookies(headers[at + 1], cookies));
}

function joinCookies(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join("; ");
}

/** Straight to a controller, or to what stands before it as if it were one. */
export function direct({ url, ca }: { readonly url: string; readonly ca: string }): Via {
  return viaOrigin({ origin: url, ca });
}

function send(origin: string, ca: string, { method, path, headers, body, until }: Call): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const host = hostname.replace(/^\[|\]$/g, "");
  const options = { host, port: port === "" ? 443 : Number(port), path, method, headers: [...headers], ca };
  const agent = new Agent({ keepAlive: false });
  const outgoing = request({ ...options, agent }, (message) => {
    collect(message, until).then(resolve, reject);
  });
  outgoing.on("error", reject);
  outgoing.end(body);
  return promise;
}

async function collect(message: IncomingMessage, until: string | undefined): Promise<Answer> {
  const chunks: Buffer[] = [];
  let cut = false;
  try {
    for await (const chunk of message) {
      chunks.push(chunk);
      // Leaving the loop destroys the stream.
      if (until !== undefined && Buffer.concat(chunks).includes(until)) break;
    }
  } catch (error) {
    // Old firmware promises more than it sends; what came is the answer all the same.
    if (!(error instanceof Error && "code" in error && error.code === "ECONNRESET")) throw error;
    cut = true;
  }
  const raw = Buffer.concat(chunks);
  const { headers, statusCode: status = 0 } = message;
  return { status, headers, body: headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw, cut };
}
