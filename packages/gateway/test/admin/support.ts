import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { AdminListener } from "../../src/admin/listener.ts";
import { startAdmin } from "../../src/admin/server.ts";
import { createAdminLedger } from "../../src/ledger/admin-ledger.ts";
import { Trail } from "../../src/ledger/trail.ts";
import { openMemoryStore } from "../../src/store/sqlite/memory.ts";
import type { Store } from "../../src/store/store.ts";
import { noLog } from "../../src/telemetry/log.ts";
import { type Exchange, validateExchange } from "./document.ts";

export const TOKEN = "an-admin-token-for-tests-of-32-bytes";
export const NEWER_TOKEN = "a-newer-admin-token-for-tests-of-32-bytes";
export const NOW = Math.floor(Date.now() / 1000);
export const DAY = 86_400;

export interface Asked {
  readonly method?: string;
  readonly body?: unknown;
  /** Empty: none is shown. */
  readonly token?: string | undefined;
}

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The admin listener over a store in memory, whose audit trail is real. Each answer is held to the document. */
export interface TestAdmin extends AsyncDisposable {
  readonly port: number;
  readonly store: Store;
  ask(path: string, asked?: Asked): Promise<Answered>;
  /** Writes what is still counted. */
  settle(): Promise<void>;
}

export async function startTestAdmin(tokens: readonly string[] = [NEWER_TOKEN, TOKEN]): Promise<TestAdmin> {
  const store = openMemoryStore();
  const trail = new Trail({
    ...{ store, writer: "admin", key: "k", now: () => Date.now() / 1000 },
    onStatus: () => {},
  });
  const ledger = createAdminLedger(noLog, trail);
  const admin: AdminListener = await startAdmin({
    listen: { host: "127.0.0.1", port: 0 },
    source: { ready: true, snapshots: async () => [], store },
    ...{ tokens, ledger, revocationLife: 400 * DAY, version: "1" },
    onError: (error) => {
      throw error;
    },
  });
  return {
    port: admin.port,
    store,
    async ask(path, asked = {}) {
      const answer = await send(admin.port, path, asked);
      const { method = "GET", body } = asked;
      const exchange: Exchange = { path, method, status: answer.status, sent: body, answered: answer.body };
      validateExchange(exchange);
      return { status: answer.status, body: (answer.body ?? {}) as Record<string, unknown> };
    },
    settle: () => ledger.close(),
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await ledger.close();
      await store.close();
    },
  };
}

async function send(port: number, path: string, { method = "GET", body, token = TOKEN }: Asked) {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: unknown }>();
  const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
  const outgoing = request({ host: "127.0.0.1", port, path, method, headers });
  outgoing.on("error", reject);
  outgoing.on("response", async (response) => {
    const answer = await text(response);
    resolve({ status: response.statusCode ?? 0, body: answer === "" ? undefined : JSON.parse(answer) });
  });
  outgoing.end(body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body));
  return promise;
}
