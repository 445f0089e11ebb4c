import { UpstreamFault } from "../../packages/gateway/src/pools/fault.ts";
import type { AnswerHead } from "../../packages/gateway/src/pools/http/answer-head.ts";
import { AnswerReader } from "../../packages/gateway/src/pools/http/answer-reader.ts";
import { type ReadAnswer, readByLlhttp } from "./llhttp.ts";

/** What our reader made of an answer, or the code of its refusal. */
export type OwnReading = ReadAnswer | { readonly refused: string };

/**
 * Reads pieces that come one after the other, each in the place where the one before it was, as from a buffer that is
 * read into again; the connection ends behind them.
 */
export function readAnswer(pieces: readonly Buffer[], method = "GET"): OwnReading {
  let head: AnswerHead | undefined;
  let body = "";
  const reader = new AnswerReader(method, {
    onHead: (one) => {
      head = one;
    },
    onData: (payload) => {
      body += payload.toString("latin1");
    },
  });
  try {
    const end = readPieces(reader, pieces);
    if (end === undefined) reader.end();
    if (head === undefined) return { refused: "no head" };
    return { status: head.status, headers: head.headers, body, end };
  } catch (error) {
    if (!(error instanceof UpstreamFault)) throw error;
    return { refused: error.code };
  }
}

function readPieces(reader: AnswerReader, pieces: readonly Buffer[]): number | undefined {
  const place = Buffer.alloc(Math.max(0, ...pieces.map(({ length }) => length)));
  let before = 0;
  for (const piece of pieces) {
    piece.copy(place.fill("x"));
    const used = reader.read(place.subarray(0, piece.length));
    if (reader.done) return before + used;
    before += piece.length;
  }
  return undefined;
}

/** Why the two readings differ where ours takes the answer; what we refuse and llhttp takes is no difference. */
export function differenceToLlhttp(bytes: Buffer, method = "GET"): string | undefined {
  const own = readAnswer([bytes], method);
  if ("refused" in own) return undefined;
  const other = readByLlhttp(bytes, method);
  if (other === undefined) return `llhttp refuses what we read as ${JSON.stringify(own)}`;
  const [ours, theirs] = [JSON.stringify(own), JSON.stringify(other)];
  return ours === theirs ? undefined : `we read ${ours}, llhttp ${theirs}`;
}
