import { once } from "node:events";
import { createServer } from "node:net";

/** An abstract address: it is gone with whoever holds it, and leaves no file. */
const ADDRESS = "\0sallyport-bench";

/** Held while a bench runs: two at once would measure each other. Undefined where another one holds it. */
export async function claimMachine(): Promise<AsyncDisposable | undefined> {
  const server = createServer().listen(ADDRESS);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
  return {
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
