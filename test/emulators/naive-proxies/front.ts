import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { createProxyServer, type ProxyServer } from "http-proxy";
import { type Certificate, makeCertificate } from "../../support/certificates.ts";
import { formatAuthority } from "../core/authority.ts";
import { listen, stopper } from "../core/listening.ts";

/** The controller that a proxy stands before. */
export interface Guarded {
  readonly address: string;
  readonly port: number;
  readonly ports: Readonly<Record<string, number>>;
}

/** A proxy on an address of its own, on the same port numbers as the controller: pages name their second port by its number. */
export interface NaiveProxy extends AsyncDisposable {
  /** `https://…`: where a browser sees the controller. */
  readonly url: string;
  readonly ca: string;
}

/** One port of the controller and the proxy's own before it, as `host:port`. */
export interface Place {
  readonly controller: string;
  readonly proxy: string;
}

/** What a proxy does to requests and answers beside passing them on. */
export interface Habit {
  /** Changes the request's headers and target in place. */
  readonly change?: (request: IncomingMessage, place: Place) => void;
  /** How it writes the names of a handshake's headers, given as they came. Default: in lower case. */
  readonly spell?: (name: string) => string;
  /** Puts its own place into what answers name as the controller's: Location, and URLs in the answer of this path. */
  readonly answers?: { readonly bodyOf: string };
}

/** No connection goes out from here by itself, so that none can hold the number of a controller's port. */
export const PROXY_ADDRESS = "127.0.0.3";

/** Starts a proxy with this habit before the controller, which must have another address. */
export async function startFront(controller: Guarded, habit: Habit): Promise<NaiveProxy> {
  await using undo = new AsyncDisposableStack();
  const certificate = await makeCertificate({ names: [PROXY_ADDRESS] });
  for (const port of Object.values(controller.ports)) {
    const place = {
      controller: formatAuthority(controller.address, port),
      proxy: formatAuthority(PROXY_ADDRESS, port),
    };
    undo.defer(await startPort(port, { certificate, place, habit }));
  }
  const parts = undo.move();
  return {
    url: `https://${formatAuthority(PROXY_ADDRESS, controller.port)}`,
    ca: certificate.ca,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

interface PortParts {
  readonly certificate: Certificate;
  readonly place: Place;
  readonly habit: Habit;
}

async function startPort(port: number, { certificate, place, habit }: PortParts): Promise<() => Promise<void>> {
  const proxy = createProxyServer({ target: `https://${place.controller}`, secure: false });
  proxy.on("proxyReqWs", (outgoing, incoming) => spellNames(outgoing, incoming, habit));
  proxy.on("proxyRes", (answer, request, response) => mapAnswer(answer, { request, response, place, habit }));
  // The scenario sees that nothing comes; a socket that an upgrade left behind has no other end.
  proxy.on("error", (_error, _request, response) => {
    if ("writeHead" in response && !response.headersSent) response.writeHead(502).end();
    else response.destroy();
  });
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) =>
    pass(proxy, { request, response, place, habit }),
  );
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => socket.destroy());
    habit.change?.(request, place);
    proxy.ws(request, socket, head);
  });
  const stop = stopper(server);
  await listen(server, PROXY_ADDRESS, port);
  return stop;
}

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly place: Place;
  readonly habit: Habit;
}

function pass(proxy: ProxyServer, { request, response, place, habit }: Passing): void {
  habit.change?.(request, place);
  proxy.web(request, response, { selfHandleResponse: request.url === habit.answers?.bodyOf });
}

/** http-proxy knows the names in lower case only. */
function spellNames(outgoing: ClientRequest, { rawHeaders }: IncomingMessage, { spell }: Habit): void {
  if (spell === undefined) return;
  const came = new Map(rawHeaders.filter((_, index) => index % 2 === 0).map((name) => [name.toLowerCase(), name]));
  for (const name of outgoing.getHeaderNames()) {
    const value = outgoing.getHeader(name) ?? "";
    outgoing.removeHeader(name);
    outgoing.setHeader(spell(came.get(name) ?? name), value);
  }
}

function mapAnswer(answer: IncomingMessage, { request, response, place, habit }: Passing): void {
  // Old firmware promises more than it sends; http-proxy would leave the client waiting for the rest.
  answer.once("close", () => {
    if (!answer.complete) response.socket?.end();
  });
  if (habit.answers === undefined) return;
  const { location } = answer.headers;
  if (location !== undefined) answer.headers.location = location.replace(place.controller, place.proxy);
  if (request.url === habit.answers.bodyOf) mapBody(answer, response, place).catch(() => response.destroy());
}

/** Address and port stand together in a URL, and apart in its query. */
async function mapBody(answer: IncomingMessage, response: ServerResponse, place: Place): Promise<void> {
  const [from = "", to = ""] = [place.controller, place.proxy].map((authority) => authority.replace(/:\d+$/, ""));
  const body = (await buffer(answer)).toString().replaceAll(from, to);
  const { "content-length": _length, ...headers } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, headers).end(body);
}
