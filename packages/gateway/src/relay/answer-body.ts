import type { ServerResponse } from "node:http";
import { createGunzip, gunzip } from "node:zlib";
import { UpstreamFault } from "../pools/fault.ts";
import { GatheredBody } from "../pools/http/gathered-body.ts";
import { noteRead } from "../pools/read-bytes.ts";
import { Gathering } from "./gathering.ts";

/** The head that goes with a body, names and values in turn. */
export interface AnswerStart {
  readonly status: number;
  readonly phrase: string | undefined;
  readonly head: readonly string[];
}

/** What becomes of an answer's body on its way to the client. */
export interface AnswerBody {
  /**
   * Takes what is somebody else's after the call; `last`: nothing but `end` follows, as far as that shows by then. False:
   * no more until `onReady` is called.
   */
  write(chunk: Buffer, last: boolean): boolean;
  /** No more comes at once: what can go out goes, by now or with what may be right behind it. */
  flush(): void;
  /** All has come. Settles when all of it is with the client's connection, if that takes time; rejects with `UpstreamFault`. */
  end(): Promise<void> | undefined;
}

/** How a body is sent on: as it came, decompressed for a client that takes no gzip, or changed. */
export interface BodyTreatment {
  readonly gzipped: boolean;
  readonly unpack: boolean;
  readonly edit: ((body: string) => string) | undefined;
}

/** Largest body that is changed, in bytes, packed and unpacked: pages and short data, never a download. */
const MAX_EDITED = { packed: 1024 * 1024, unpacked: 4 * 1024 * 1024 } as const;

/** Largest body that leaves with its head in one write where it came as a whole, in bytes. */
const SHORT = 8 * 1024;

/** Within so long (ms) a client takes a body that was changed: all of it waits in memory. */
const TAKEN_WITHIN = 300_000;

const NOTHING = Buffer.alloc(0);

/** Begins an answer; `onReady` is called when it takes more after it took no more. */
export function beginAnswer(
  response: ServerResponse,
  start: AnswerStart,
  { treatment, onReady }: { readonly treatment: BodyTreatment; readonly onReady: () => void },
): AnswerBody {
  if (treatment.edit) return new EditedBody(response, start, { gzipped: treatment.gzipped, edit: treatment.edit });
  if (treatment.unpack) return new UnpackedBody(response, start, onReady);
  return new PlainBody(response, start, onReady);
}

function writeHead(response: ServerResponse, { status, phrase, head }: AnswerStart): void {
  response.writeHead(status, phrase, head as string[]);
}

/** Sends the head at once; `flushHeaders` would write its Latin-1 as UTF-8. */
function sendHead(response: ServerResponse, start: AnswerStart): void {
  writeHead(response, start);
  response.write(NOTHING);
}

/** Sent on as it came; the head goes out with the first bytes that came with it. */
class PlainBody implements AnswerBody {
  readonly #response: ServerResponse;
  readonly #onReady: () => void;
  #gathering: Gathering | undefined;
  #begun = false;

  constructor(response: ServerResponse, start: AnswerStart, onReady: () => void) {
    this.#response = response;
    this.#onReady = onReady;
    writeHead(response, start);
  }

  write(chunk: Buffer, last: boolean): boolean {
    const isWhole = last && !this.#begun && chunk.length <= SHORT;
    this.#begun = true;
    if (!isWhole) return this.#gather().take(chunk);
    // As text it is a copy of what is somebody else's, and Node writes it in one piece with the head.
    this.#response.end(chunk.toString("latin1"), "latin1");
    return true;
  }

  flush(): void {
    if (!this.#begun) this.#response.write(NOTHING);
    this.#begun = true;
    this.#gathering?.flush();
  }

  end(): undefined {
    this.#gathering?.flushAll();
    if (!this.#response.writableEnded) this.#response.end();
  }

  #gather(): Gathering {
    this.#gathering ??= new Gathering({
      write: (block, written) => {
        // What had to wait may find its client gone.
        if (!this.#response.destroyed) this.#response.write(block, written);
        return false;
      },
      onRoom: this.#onReady,
    });
    return this.#gathering;
  }
}

/** Unpacks as it comes, under back-pressure: however much it becomes, little of it is here at once. */
class UnpackedBody implements AnswerBody {
  readonly #gunzip = createGunzip();
  readonly #fault: Promise<never>;

  constructor(response: ServerResponse, start: AnswerStart, onReady: () => void) {
    sendHead(response, { ...start, head: withoutCoding(start.head) });
    this.#gunzip.on("drain", onReady).on("data", (unpacked: Buffer) => noteRead(unpacked.length));
    this.#fault = new Promise((_, reject) => {
      this.#gunzip.once("error", (cause) => {
        response.destroy();
        reject(new UpstreamFault("controller-garbage", "gzip", cause));
      });
    });
    // Nobody may wait for it yet.
    this.#fault.catch(() => response.destroy());
    response.once("close", () => this.#gunzip.destroy());
    this.#gunzip.pipe(response);
  }

  write(chunk: Buffer): boolean {
    if (this.#gunzip.destroyed) return true;
    noteRead(chunk.length);
    return this.#gunzip.write(Buffer.from(chunk));
  }

  flush(): void {}

  end(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#gunzip.once("end", resolve).once("close", resolve));
    this.#gunzip.end();
    return Promise.race([ended, this.#fault]);
  }
}

interface EditOptions {
  readonly gzipped: boolean;
  readonly edit: (body: string) => string;
}

/** Waits for the whole of a body, which must be small, and sends it changed. Until then the client has nothing of it. */
class EditedBody implements AnswerBody {
  readonly #response: ServerResponse;
  readonly #start: AnswerStart;
  readonly #options: EditOptions;
  readonly #body = new GatheredBody();

  constructor(response: ServerResponse, start: AnswerStart, options: EditOptions) {
    this.#response = response;
    this.#start = start;
    this.#options = options;
  }

  /** Throws `controller-garbage` where it grows too large to be changed. */
  write(chunk: Buffer): boolean {
    if (this.#body.length + chunk.length > MAX_EDITED.packed) {
      throw new UpstreamFault("controller-garbage", "page-too-large");
    }
    this.#body.add(chunk);
    return true;
  }

  flush(): void {}

  async end(): Promise<void> {
    const packed = this.#body.bytes;
    const body = this.#options.gzipped ? await unpack(packed) : packed;
    const edited = Buffer.from(this.#options.edit(body.toString("latin1")), "latin1");
    if (this.#response.destroyed) return;
    const head = [...withoutCoding(this.#start.head), "Content-Length", String(edited.length)];
    writeHead(this.#response, { ...this.#start, head });
    this.#response.end(edited);
    await taken(this.#response);
  }
}

/** Until a client has taken what it was sent, or is gone: what waits for it is its session's, and ends with that. */
async function taken(response: ServerResponse): Promise<void> {
  const late = setTimeout(() => response.destroy(), TAKEN_WITHIN).unref();
  await new Promise((resolve) => response.once("finish", resolve).once("close", resolve));
  clearTimeout(late);
}

function unpack(packed: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gunzip(packed, { maxOutputLength: MAX_EDITED.unpacked }, (error, body) => {
      if (error) reject(new UpstreamFault("controller-garbage", bombOrBroken(error), error));
      else resolve(body);
    });
  });
}

function bombOrBroken({ code }: NodeJS.ErrnoException): string {
  return code === "ERR_BUFFER_TOO_LARGE" ? "page-too-large" : "gzip";
}

const OF_THE_PACKED = new Set([
  "content-encoding",
  "content-length",
  "content-md5",
  "digest",
  "repr-digest",
  "accept-ranges",
]);

/** A head for a body that is not as it was packed: an entity tag is weak then (RFC 9110, 8.8.1). */
function withoutCoding(head: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < head.length; index += 2) {
    const [name, value] = [head[index] as string, head[index + 1] as string];
    const lower = name.toLowerCase();
    if (OF_THE_PACKED.has(lower)) continue;
    kept.push(name, lower === "etag" && value.startsWith('"') ? `W/${value}` : value);
  }
  return kept;
}
