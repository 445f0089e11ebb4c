import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { dial, drainOf, startAuthority, startUpstream } from "../integration/tcp/support.ts";
import { startCommand } from "../support/process.ts";

/** Enough for the process and a few connections. */
const DESCRIPTORS = 80;

test("a TCP listener without a descriptor left goes on, and takes connections again once some are free", async () => {
  await using authority = await startAuthority();
  await using upstream = await startUpstream();
  const { ca, cert, key } = authority.tls;
  const words = ["tcp", "--listen", "127.0.0.1:0", "--ca", ca, "--cert", cert, "--key", key];
  words.push("--upstream", upstream.address, "--group", "engineering", "--drain", "0");
  await using proxy = startCommand(words, { descriptors: DESCRIPTORS });
  const { ports } = (await proxy.logged("serving")) as { ports: number[] };
  const [port = 0] = ports;
  const alice = await authority.client("alice@engineering");
  const passes = async () => {
    const client = dial(port, alice);
    client.end("words");
    return String((await drainOf(client)).bytes);
  };
  expect(await passes()).toBe("words");
  const held = Array.from({ length: 2 * DESCRIPTORS }, () => connect(port, "127.0.0.1").on("error", ignored));
  // Those above the limit are let go of at once; the others are silent for as long as a handshake may last.
  await Promise.race(held.map((socket) => new Promise((resolve) => socket.resume().once("close", resolve))));
  expect(await passes()).toBe("");
  for (const socket of held) socket.destroy();
  await expect.poll(passes).toBe("words");
  proxy.signal("SIGTERM");
  expect((await proxy.ended).code).toBe(0);
});

/** What it means is told by the close behind it. */
function ignored(this: Socket): void {
  this.destroy();
}
