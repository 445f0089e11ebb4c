import { backup } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { type Db, openDatabase, storeError, withinTransaction } from "./database.ts";
import type { Answer, FromThread, StoreFile, ToThread } from "./messages.ts";
import { type Call, isRead, perform } from "./operations.ts";
import { newestRevocation } from "./revocations.ts";

/**
 * How often another process's writes are looked for, in milliseconds: what is revoked there ends here within a second. Each
 * look takes locks on the file, and on one processor it is in the way of the bytes that the main thread relays.
 */
const WATCH_INTERVAL = 400;

type Wanted = Call & { readonly id: number };

/** Has the file: does what it is asked in groups, in which what writes is one transaction and so one write to the disk. */
function serve({ path, readOnly }: StoreFile): void {
  const db = open(path, readOnly);
  if (!db) return;
  const waiting: Wanted[] = [];
  const watch = new Watch(db);
  const timer = setInterval(() => watch.look(), WATCH_INTERVAL);
  parentPort?.on("message", (message: ToThread | "close") => {
    if (message === "close") {
      clearInterval(timer);
      answer(path, db, waiting.splice(0));
      db.database.close();
      parentPort?.close();
    } else if ("backup" in message) void copy(path, db, message);
    else if (waiting.push(message) === 1) {
      setImmediate(() => {
        const calls = waiting.splice(0);
        answer(path, db, calls);
        if (!calls.every(isRead)) watch.look(true);
      });
    }
  });
  tell({ kind: "open" });
}

function open(path: string, readOnly: boolean): Db | undefined {
  try {
    return openDatabase(path, readOnly);
  } catch (error) {
    const { message, name } = storeError(error, path);
    tell({ kind: "unopened", message, noPlace: name === "NoPlaceError" });
    return undefined;
  }
}

function answer(path: string, db: Db, calls: readonly Wanted[]): void {
  if (calls.length === 0) return;
  tell({
    kind: "done",
    answers: together(path, db, calls) ?? calls.flatMap((call) => together(path, db, [call]) ?? []),
  });
}

/** All calls, in one transaction where any of them writes. Undefined where one of several failed: each is then done for itself. */
function together(path: string, db: Db, calls: readonly Wanted[]): Answer[] | undefined {
  const answers: Answer[] = [];
  const performAll = () => {
    for (const call of calls) answers.push({ id: call.id, answer: perform(db, call) });
  };
  try {
    if (calls.every(isRead)) performAll();
    else withinTransaction(db.database, performAll);
    return answers;
  } catch (error) {
    if (calls.length > 1) return undefined;
    return calls.map(({ id }) => ({ id, failure: storeError(error, path).message }));
  }
}

async function copy(path: string, db: Db, { id, backup: target }: { id: number; backup: string }): Promise<void> {
  try {
    await backup(db.database, target);
    tell({ kind: "done", answers: [{ id, answer: undefined }] });
  } catch (error) {
    tell({ kind: "done", answers: [{ id, failure: `${target}: ${storeError(error, path).message}` }] });
  }
}

/** Sees new revocations by SQLite's change counter, which costs no read of the file while nobody writes. */
class Watch {
  readonly #db: Db;
  #version = -1;
  #newest: number;
  /** We wrote since the last look that was good. */
  #wrote = false;

  constructor(db: Db) {
    this.#db = db;
    this.#newest = newestRevocation(db);
  }

  /** The counter does not count our own writes: after those (`wrote`) one has to look in any case. */
  look(wrote = false): void {
    this.#wrote ||= wrote;
    try {
      this.#look();
    } catch (error) {
      // A file that is locked or cannot be read ends nobody: whoever asks for something of it is told so, and the next
      // look is one interval away.
      if ((error as { errcode?: number }).errcode === undefined) throw error;
    }
  }

  #look(): void {
    const version = this.#db.statements.first<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0;
    if (version === this.#version && !this.#wrote) return;
    const newest = newestRevocation(this.#db);
    if (newest !== this.#newest) tell({ kind: "changed" });
    this.#newest = newest;
    this.#version = version;
    this.#wrote = false;
  }
}

function tell(message: FromThread): void {
  parentPort?.postMessage(message);
}

serve(workerData as StoreFile);
