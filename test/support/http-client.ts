import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | readonly string[];
  readonly body?: string | Buffer;
  readonly ca?: string;
}

export interface Called {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request over a connection of its own. The path goes out as given, without a URL parser's repairs. */
export function call(origin: string, path: string, options: CallOptions = {}): Promise<Called> {
  const { protocol, hostname, port } = new URL(origin);
  const { method = "GET", headers: sent = {}, body, ca } = options;
  const send = protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        host: hostname.replace(/^\[|\]$/g, ""),
        port,
        path,
        method,
        headers: sent as never,
        agent: false,
        ca,
        servername: "localhost",
      },
      (message) => {
        const { statusCode: status = 0, headers } = message;
        text(message).then((body) => resolve({ status, headers, body }), reject);
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The `name=value` parts of an answer's Set-Cookie headers, as a Cookie header. */
export function cookiesOf({ headers }: Called): string {
  return (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";")[0]).join("; ");
}
