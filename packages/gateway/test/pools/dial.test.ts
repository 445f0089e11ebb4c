import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { createDial } from "../../src/pools/dial.ts";

test("an address that is not allowed is not dialled, whatever was decided before", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const upstream = {
    target: { address: "127.0.0.1", port, scheme: "http" },
    trust: { pins: [], ca: undefined, legacy: false },
  } as const;
  const asked: string[] = [];
  const allowed = (answer: boolean) => (address: string) => {
    asked.push(address);
    return answer;
  };
  await expect(createDial({ allowed: allowed(false), timeout: 1_000 })(upstream)).rejects.toMatchObject({
    reason: "target-network",
  });
  const socket = await createDial({ allowed: allowed(true), timeout: 1_000 })(upstream);
  socket.destroy();
  expect(asked).toEqual(["127.0.0.1", "127.0.0.1"]);
  server.close();
});
