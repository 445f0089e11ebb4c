import { once } from "node:events";
import { chmod, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";
import { expect, test } from "vitest";
import { type Command, type CommandOptions, startCommand } from "../../support/process.ts";
import { TEST_SECRET } from "../../support/tokens.ts";
import { startAuthority, startUpstream } from "../tcp/support.ts";

const NOBODY = 65_534;
/** Where root runs the tests, a gateway of one process is somebody else's. */
const user = process.getuid?.() === 0 ? { user: NOBODY } : {};

/** How many session tickets a TLS 1.3 server gives; `words` make it answer and close. */
async function ticketsOf(port: number, words: string, options: ConnectionOptions = {}): Promise<number> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
  let tickets = 0;
  socket.on("session", () => {
    tickets += 1;
  });
  socket.end(words);
  await once(socket.resume(), "close");
  return tickets;
}

async function serve(more: Record<string, string>, options: CommandOptions): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-options-"));
  await chmod(folder, 0o777);
  await writeFile(join(folder, "empty.cnf"), "");
  const own = more.OPENSSL_CONF === undefined ? {} : { OPENSSL_CONF: join(folder, more.OPENSSL_CONF) };
  const environment = {
    ...{ JWT_KEY: TEST_SECRET, LISTEN: "127.0.0.1:0", ADMIN_LISTEN: "127.0.0.1:0", DRAIN_SECONDS: "1" },
    DATA_DIR: join(folder, "data"),
    ...more,
    ...own,
  };
  const command = startCommand(["serve"], { environment, ...options });
  const dispose = async () => {
    await command[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  return { command, [Symbol.asyncDispose]: dispose };
}

interface Served extends AsyncDisposable {
  readonly command: Command;
}

const REQUEST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

test.each<[string, Record<string, string>, { readonly user?: number }, number]>([
  ["one process gives one ticket", {}, user, 1],
  ["workers, too", { PROCESSES: "2" }, {}, 1],
  ["OpenSSL's settings of the operator's own stay: two are its default", { OPENSSL_CONF: "empty.cnf" }, user, 2],
])("serve: %s", async (_, more, options, tickets) => {
  await using served = await serve(more, options);
  const { port } = (await served.command.logged("serving")) as { port: number };
  expect(await ticketsOf(port, REQUEST)).toBe(tickets);
});

test("serve: a key that a shell passes as a descriptor is read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-key-"));
  const path = join(folder, "key");
  await writeFile(path, TEST_SECRET);
  const key = await open(path);
  try {
    await using served = await serve({ JWT_KEY: "", JWT_KEY_FILE: "/dev/fd/3" }, { ...user, passedFd: key.fd });
    await served.command.logged("serving");
  } finally {
    await key.close();
    await rm(folder, { recursive: true });
  }
});

test("serve: where Node may start no program it serves all the same, and says what it lacks", async () => {
  const NODE_OPTIONS = "--permission --allow-fs-read=* --allow-fs-write=* --allow-net --allow-worker";
  await using served = await serve({ NODE_OPTIONS }, user);
  await served.command.logged("serving");
  served.command.signal("SIGTERM");
  expect((await served.command.ended).err).toContain("slower without Node's options --min-semi-space-size=16");
});

test("tcp: no ticket, from the process that was started", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  const { ca, cert, key } = authority.tls;
  const files = ["--ca", ca, "--cert", cert, "--key", key];
  const words = ["tcp", "--listen", "127.0.0.1:0", ...files, "--upstream", upstream.address, "--group", "dev"];
  await using proxy = startCommand([...words, "--drain", "0"]);
  const { ports } = (await proxy.logged("serving")) as { ports: number[] };
  expect(await ticketsOf(ports[0] ?? 0, "x", await authority.client("ann@dev"))).toBe(0);
  expect(await readFile(`/proc/${proxy.pid}/cmdline`, "utf8")).toContain("no-ticket.cnf");
});
