import { createServer, type ServerResponse } from "node:http";
import type { Journal } from "./journal.ts";
import { listen, stopper } from "./listening.ts";
import type { Rejections } from "./rejections.ts";

/** What can be asked and cleared from outside the emulator's process. */
export interface ControlledState {
  readonly journal: Journal;
  readonly rejections: Rejections;
  readonly leaked: () => number;
}

export interface ControlPort extends AsyncDisposable {
  readonly url: string;
}

/**
 * Listens on 127.0.0.1 (plain HTTP, JSON): `GET /rejections`, `GET /journal`, `GET /leaked`, and `POST /clear`, which
 * empties the first two.
 */
export async function startControlPort(port: number, state: ControlledState): Promise<ControlPort> {
  const server = createServer((request, response) => answer(state, `${request.method} ${request.url}`, response));
  const stop = stopper(server);
  const bound = await listen(server, "127.0.0.1", port);
  return { url: `http://127.0.0.1:${bound}`, [Symbol.asyncDispose]: stop };
}

function answer(state: ControlledState, asked: string, response: ServerResponse): void {
  const value = answerTo(state, asked);
  response.writeHead(value === undefined ? 404 : 200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value ?? "ask for /rejections, /journal or /leaked, or POST /clear"));
}

function answerTo(state: ControlledState, asked: string): unknown {
  switch (asked) {
    case "GET /rejections":
      return Object.fromEntries(state.rejections.counts);
    case "GET /journal":
      return state.journal.entries;
    case "GET /leaked":
      return state.leaked();
    case "POST /clear":
      state.journal.clear();
      state.rejections.clear();
      return "cleared";
    default:
      return undefined;
  }
}
