import { once } from "node:events";
import type { Socket } from "node:net";
import type { Dial } from "../pools/dial.ts";
import { UpstreamFault } from "../pools/fault.ts";
import { repairHead } from "../pools/repair-head.ts";
import type { Upstream } from "../pools/upstream.ts";

/** As much of an answer as is read, in bytes. */
const MAX_BYTES = 256 * 1024;

export interface Question {
  readonly path: string;
  /** The Host header. */
  readonly host: string;
  readonly gzip: boolean;
}

/** An answer with its head as it came, for what a lenient reader would hide. */
export interface RawAnswer {
  /** Latin-1, with the empty line behind it. */
  readonly rawHead: string;
  readonly status: number;
  /** The first value of a header, its name in lower case. */
  header(name: string): string | undefined;
  /** Fewer bytes came than were promised, and the connection was closed. */
  readonly cut: boolean;
}

export interface QuestionParts {
  readonly dial: Dial;
  readonly upstream: Upstream;
  /** From dialling to the last byte, in milliseconds. */
  readonly patience: number;
}

/** Asks one thing on a connection of its own. Undefined where no answer comes that begins like one. */
export async function ask(parts: QuestionParts, question: Question): Promise<RawAnswer | undefined> {
  try {
    const socket = await parts.dial(parts.upstream);
    return readAnswer(await exchange(socket, question, parts.patience));
  } catch (error) {
    if (error instanceof UpstreamFault) return undefined;
    throw error;
  }
}

function writeQuestion({ path, host, gzip }: Question): string {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, "Accept: */*", "Connection: close"];
  return [...lines, ...(gzip ? ["Accept-Encoding: gzip"] : []), "", ""].join("\r\n");
}

interface Received {
  readonly bytes: Buffer;
  readonly closed: boolean;
}

/** All that comes until the answer is whole, the other side closes, or patience ends. */
async function exchange(socket: Socket, question: Question, patience: number): Promise<Received> {
  let bytes = Buffer.alloc(0);
  let closed = false;
  const timer = setTimeout(() => socket.destroy(), patience);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length > MAX_BYTES || isWhole(bytes)) socket.destroy();
  });
  socket.once("end", () => {
    closed = true;
    socket.destroy();
  });
  socket.once("error", () => socket.destroy());
  socket.write(writeQuestion(question));
  await once(socket, "close");
  clearTimeout(timer);
  return { bytes, closed };
}

function isWhole(bytes: Buffer): boolean {
  const head = repairHead(bytes);
  if (!head || head.interim) return false;
  if (head.bodyLength !== undefined) return bytes.length >= head.length + head.bodyLength;
  return bytes.subarray(-5).toString("latin1") === "0\r\n\r\n";
}

function readAnswer({ bytes, closed }: Received): RawAnswer | undefined {
  const head = repairHead(bytes);
  if (!head) return undefined;
  const [first = "", ...lines] = head.head.toString("latin1").split("\r\n");
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]+): (.*)$/.exec(line) ?? [];
    if (!fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), value);
  }
  return {
    rawHead: bytes.toString("latin1", 0, head.length),
    status: Number(first.split(" ")[1]),
    header: (name) => fields.get(name),
    cut: closed && head.bodyLength !== undefined && bytes.length < head.length + head.bodyLength,
  };
}
