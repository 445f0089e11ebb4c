// Asking a controller what anybody may ask it, without a log-in, so that its family is recognised. Knows how to ask and
// when to give up; what the answers mean is the platforms'.
import { constants, gunzipSync } from "node:zlib";
import type { Target } from "@sallyport/shared";
import type { Dispatcher } from "undici";
import { originOfTarget } from "../platforms/authority.ts";
import type { Probe } from "../platforms/detect.ts";
import type { ProbeAnswer } from "../platforms/evidence.ts";
import { generic } from "../platforms/generic.ts";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";

/** How long a controller may take, in milliseconds. */
export interface Patience {
  /** Over one question. */
  readonly each: number;
  /** Over all of them: somebody's first page waits for it. */
  readonly all: number;
}

const PATIENCE: Patience = { each: 4_000, all: 20_000 };
/** As much of an answer as is looked at, in bytes: enough for Redfish's root and a log-in page. */
const MAX_BODY = 64 * 1024;
const MAX_UNPACKED = 8 * MAX_BODY;

/**
 * Asks a controller without any log-in, as its own page would. Answers that cannot be read count as none; rejects with
 * `UpstreamFault` where there is nobody to ask, or no answer in time. To be used for one round of questions.
 */
export function probeOver(client: Dispatcher, target: Target, patience: Patience = PATIENCE): Probe {
  let all: AbortSignal | undefined;
  return async (path) => {
    all ??= AbortSignal.timeout(patience.all);
    try {
      const answer = await client.request({
        method: "GET",
        path,
        headers: [...requestHeaders(target, path)],
        signal: AbortSignal.any([all, AbortSignal.timeout(patience.each)]),
      });
      return await readAnswer(answer);
    } catch (error) {
      const fault = upstreamFault(error);
      if (fault.reason === "controller-garbage" || fault.reason === "controller-reset") return undefined;
      throw fault;
    }
  };
}

function requestHeaders(target: Target, path: string): readonly string[] {
  return generic.requestHeaders({
    ...{ target, pages: target, publicOrigin: originOfTarget(target), method: "GET", path },
    ...{ upgrade: false, hasOrigin: false, referer: undefined, sessionKey: undefined, cookies: "" },
    headers: ["Accept", "*/*"],
  });
}

async function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<ProbeAnswer> {
  const raw = await readBody(body);
  const packed = String(headers["content-encoding"] ?? "").includes("gzip");
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value ?? "")] as const);
  return { status: statusCode, headers: new Map(pairs), body: (packed ? unpack(raw) : raw).toString("latin1") };
}

/** All that comes: some hang up before the end that they announced, or without one, and what came says who they are all the same. */
async function readBody(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BODY) break;
    }
  } catch (error) {
    if (bytes === 0 || upstreamFault(error).reason === "controller-timeout") throw error;
  }
  if (bytes > MAX_BODY) throw new UpstreamFault("controller-garbage", "probe-too-large");
  return Buffer.concat(chunks);
}

/** A body that is no gzip, or too much of it, is an answer that cannot be read: no controller that cannot be reached. */
function unpack(raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_UNPACKED, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new UpstreamFault("controller-garbage", "probe-unpack", error);
  }
}
