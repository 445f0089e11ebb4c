import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import {
  createLog,
  createTcpProxy,
  type LogFields,
  type TcpProxy,
  type TcpProxyConfiguration,
  type TcpProxyParts,
} from "@sallyport/gateway";
import { expect } from "vitest";
import { type Authority, type Certificate, type LeafOptions, makeAuthority } from "../../support/certificates.ts";

/** An authority whose server certificate lies in a folder of its own, as a listener finds it. */
export interface TestAuthority extends AsyncDisposable {
  readonly authority: Authority;
  readonly folder: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** A client certificate with this common name. */
  client(commonName: string, options?: LeafOptions): Promise<Certificate>;
  /** Writes a file into the folder and returns its path. */
  write(name: string, content: string | Buffer): Promise<string>;
}

export async function startAuthority(options: Parameters<typeof makeAuthority>[0] = {}): Promise<TestAuthority> {
  const authority = await makeAuthority(options);
  const folder = await mkdtemp(join(tmpdir(), "sallyport-tcp-"));
  const server = await authority.issue();
  const write = async (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const tls = {
    ca: await write("ca.pem", authority.cert),
    cert: await write("server.pem", server.cert),
    key: await write("server.key", server.key),
  };
  return {
    ...{ authority, folder, tls, write },
    client: (commonName, leaf = {}) =>
      authority.issue({ subject: `CN=${commonName}`, names: [], usage: "client", ...leaf }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface TestUpstream extends AsyncDisposable {
  readonly address: string;
  readonly server: Server;
  /** Every connection that was ever accepted. */
  readonly accepted: readonly Socket[];
  /** The next connection that was not returned before. */
  next(): Promise<Socket>;
  /** Bytes that came in over all connections. */
  readonly received: number;
}

/** A server that gives each connection to `serve`; by default it echoes, and ends when its client does. */
export async function startUpstream(serve: (socket: Socket) => void = echo): Promise<TestUpstream> {
  const accepted: Socket[] = [];
  const waiting: ((socket: Socket) => void)[] = [];
  const unseen: Socket[] = [];
  let received = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted.push(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      received += chunk.length;
    });
    serve(socket);
    const taker = waiting.shift();
    if (taker) taker(socket);
    else unseen.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    accepted,
    next: () => {
      const socket = unseen.shift();
      return socket ? Promise.resolve(socket) : new Promise((resolve) => waiting.push(resolve));
    },
    get received() {
      return received;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of accepted) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
    },
  };
}

export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Says its name to whoever connects, then echoes. */
export const greeting = (name: string) => (socket: Socket) => {
  socket.write(name);
  socket.pipe(socket);
};

export interface TestProxy extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly port: number;
  readonly lines: readonly LogFields[];
  /** The first line, past or to come, for which `matches` holds. */
  line(matches: (line: LogFields) => boolean): Promise<LogFields>;
  /** The reason of the first denial, past or to come, that was not returned before. */
  denial(): Promise<string>;
}

export type ProxyOptions = Partial<TcpProxyConfiguration> & { readonly parts?: TcpProxyParts };

export async function startProxy(
  { tls }: Pick<TestAuthority, "tls">,
  upstreams: readonly Pick<TestUpstream, "address">[],
  { parts, ...options }: ProxyOptions = {},
): Promise<TestProxy> {
  const lines: LogFields[] = [];
  const looking = new Set<() => void>();
  const write = (line: string) => {
    lines.push(JSON.parse(line));
    for (const look of [...looking]) look();
  };
  const log = createLog({ level: "debug", format: "json" }, { write });
  const proxy = await createTcpProxy(
    {
      listen: "127.0.0.1:0",
      tls,
      upstreams: upstreams.map(({ address }) => address),
      authorizedGroups: ["engineering"],
      ...options,
    },
    { log, ...parts },
  );
  await proxy.listen();
  const taken = new Set<LogFields>();
  const line = (matches: (line: LogFields) => boolean) =>
    new Promise<LogFields>((resolve) => {
      const look = () => {
        const found = lines.find(matches);
        if (!found) return;
        looking.delete(look);
        resolve(found);
      };
      looking.add(look);
      look();
    });
  return {
    ...{ proxy, port: proxy.port, lines, line },
    denial: async () => {
      const found = await line((one) => one.decision === "deny" && !taken.has(one));
      taken.add(found);
      return String(found.reason);
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  };
}

/** A client that knows the authority, with or without a certificate. Its handshake may not be done. */
export function dial(
  port: number,
  certificate: Pick<Certificate, "cert" | "key" | "ca"> | { readonly ca: string },
  options: ConnectionOptions = {},
): TLSSocket {
  const whole = { host: "127.0.0.1", port, servername: "localhost", allowHalfOpen: true, ...certificate, ...options };
  const socket = connect(whole);
  socket.on("error", () => socket.destroy());
  return socket;
}

/** All that comes until the end or the close, and whether the connection broke off. */
export async function drainOf(socket: Socket): Promise<{ readonly bytes: Buffer; readonly error: string | undefined }> {
  const chunks: Buffer[] = [];
  let error: string | undefined;
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.once("error", (fault: NodeJS.ErrnoException) => {
    error = fault.code ?? fault.message;
  });
  // On a busy machine the end may have come before anybody asked.
  if (socket.readableEnded) socket.end();
  else socket.once("end", () => socket.end());
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return { bytes: Buffer.concat(chunks), error };
}

/** The next `length` bytes. */
export async function take(socket: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes) return bytes;
    if (socket.readableEnded || socket.closed) throw new Error(`the connection ended before ${length} bytes came`);
    await Promise.race(
      ["readable", "end", "close"].map((event) => new Promise((resolve) => socket.once(event, resolve))),
    );
  }
}

/** Of two clients alice's is cut off because her certificate was taken back, and his goes on. */
export async function expectHersRevoked(
  proxy: TestProxy,
  { hers, his }: { readonly hers: Socket; readonly his: Socket },
): Promise<void> {
  expect((await drainOf(hers)).error).toBe("ECONNRESET");
  expect(await proxy.line(({ audit }) => audit === "session-end")).toMatchObject({
    reason: "revoked",
    principal: "alice@engineering",
  });
  his.write("still here");
  expect(String(await take(his, 10))).toBe("still here");
  his.destroy();
}
