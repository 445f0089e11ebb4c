import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makePair } from "../../../packages/shared/test/cases/mint.ts";
import { startWorkerd } from "./workerd.ts";

const entrypoint = fileURLToPath(new URL("jwk-set-worker.ts", import.meta.url));

/** An issuer that answers when the test says so: `next` is the next request for its keys. */
interface Issuer extends AsyncDisposable {
  readonly url: string;
  next(): Promise<ServerResponse>;
}

async function startIssuer(): Promise<Issuer> {
  const server: Server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    next: async () => ((await once(server, "request")) as [unknown, ServerResponse])[1],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("a request whose read of the keys never ends holds up no other", async () => {
  await using workerd = await startWorkerd(entrypoint);
  await using issuer = await startIssuer();
  const path = `/?set=${encodeURIComponent(issuer.url)}`;
  const { jwk } = await makePair("ES256", "k7");

  const asked = issuer.next();
  const stuck = workerd.fetch(path).then((response) => response.json());
  const unanswered = await asked;

  const askedAgain = issuer.next();
  const answer = workerd.fetch(path);
  (await askedAgain).end(JSON.stringify({ keys: [jwk] }));
  expect(await (await answer).json()).toEqual({ found: 1 });

  // What the first one waits for breaks off at last: it takes the keys that the other one brought.
  unanswered.destroy();
  expect(await stuck).toEqual({ found: 1 });
});
