import { once } from "node:events";
import { access, chmod, constants, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { NoPlaceError, type Store, StoreError } from "../store.ts";
import type { FromThread, StoreFile, ToThread } from "./messages.ts";
import { operationsOver } from "./operations.ts";

const THREAD = new URL("./thread.ts", import.meta.url);
/** A heap (MiB) for pages of a few thousand rows, not for what the file holds. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 };

/** What to do where files cannot be reached. */
const HAND_OVER = `give DATA_DIR with all that is in it to the user that the gateway runs as (here ${process.getuid?.()}; SALLYPORT_USER names another where it is started as root), or set another DATA_DIR`;

type Unopened = Extract<FromThread, { kind: "unopened" }>;

/**
 * A store in one file, which several processes of a machine may have open. `readOnly`: for looking at one that is there,
 * also by somebody who may not write to it.
 *
 * @throws StoreError saying what is wrong with the file
 */
export async function openFileStore(path: string, readOnly = false): Promise<Store> {
  if (!readOnly) await makeFolder(dirname(path));
  const workerData: StoreFile = { path, readOnly };
  const thread = new Worker(THREAD, { workerData, resourceLimits: LIMITS });
  const [first] = (await once(thread, "message")) as [FromThread];
  if (first.kind === "unopened") throw await refusal(path, first);
  if (!readOnly) await keepPrivate(path);
  return new FileStore(thread).store();
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new NoPlaceError(`the folder of the store cannot be made (${cause.message}): ${HAND_OVER}`, { cause });
  });
}

/** What is in it is nobody else's. */
async function keepPrivate(path: string): Promise<void> {
  await chmod(path, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPERM") throw error;
  });
}

/** What is there is not started over: what was revoked would be let in again. */
async function refusal(path: string, { message, noPlace }: Unopened): Promise<StoreError> {
  if (!noPlace) return new StoreError(message);
  if (!(await isThere(path))) return new NoPlaceError(`${message}: ${HAND_OVER}`);
  return new StoreError(`${message}, though it is there: ${HAND_OVER}`);
}

/** False, too, where nobody may look. */
function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What calls the thread that has the file. */
class FileStore {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<() => void>();
  #calls = 0;
  #closing = false;
  #ended: Error | undefined;

  constructor(thread: Worker) {
    this.#thread = thread;
    thread.unref();
    thread.on("message", (message: FromThread) => this.#take(message));
    thread.on("error", (cause) => this.#lose(new StoreError(`the store's thread failed (${cause})`, { cause })));
    thread.on("exit", () => this.#lose(new StoreError("the store's thread ended")));
  }

  store(): Store {
    return {
      kind: "sqlite",
      ...operationsOver((call) => this.#ask((id) => ({ ...call, id }))),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      backup: async (path) => {
        await this.#ask((id) => ({ backup: path, id }));
      },
      close: () => this.#close(),
    };
  }

  #ask(message: (id: number) => ToThread): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#ended);
    this.#calls += 1;
    const id = this.#calls;
    // The process must not end while somebody waits for an answer.
    this.#thread.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#thread.postMessage(message(id));
    });
  }

  #take(message: FromThread): void {
    if (message.kind === "changed") for (const listener of this.#listeners) listener();
    if (message.kind !== "done") return;
    for (const one of message.answers) {
      const waiting = this.#waiting.get(one.id);
      this.#waiting.delete(one.id);
      if ("failure" in one) waiting?.reject(new StoreError(one.failure));
      else waiting?.resolve(one.answer);
    }
    if (this.#waiting.size === 0) this.#thread.unref();
  }

  /**
   * The thread has ended. Unless it was told to, nobody goes on without it: no revocation would be heard of any more. What
   * is thrown here is caught by nobody, and ends the process.
   */
  #lose(error: StoreError): void {
    if (this.#ended) return;
    this.#end(this.#closing ? new StoreError("the store is closed") : error);
    if (!this.#closing) throw error;
  }

  #end(error: StoreError): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  async #close(): Promise<void> {
    if (this.#ended) return;
    this.#closing = true;
    this.#thread.ref();
    const exit = once(this.#thread, "exit");
    this.#thread.postMessage("close");
    await exit;
  }
}
