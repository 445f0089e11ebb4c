// Asking a controller what anybody may ask it, without a log-in, so that its family is recognised. Knows how to ask and
// when to give up; what the answers mean is the platforms'.
import { constants, gunzipSync } from "node:zlib";
import type { Target } from "@sallyport/shared";
import { originOfTarget } from "../platforms/authority.ts";
import type { Probe } from "../platforms/detect.ts";
import type { ProbeAnswer } from "../platforms/evidence.ts";
import { generic } from "../platforms/generic.ts";
import { UpstreamFault, upstreamFault } from "../pools/fault.ts";
import type { HttpClient } from "../pools/http/client.ts";
import { type CollectedAnswer, collect } from "../pools/http/collect.ts";

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
export function probeOver(client: HttpClient, target: Target, patience: Patience = PATIENCE): Probe {
  let all: AbortSignal | undefined;
  return async (path) => {
    all ??= AbortSignal.timeout(patience.all);
    try {
      const request = { method: "GET", path, headers: requestHeaders(target, path), body: undefined };
      const signal = AbortSignal.any([all, AbortSignal.timeout(patience.each)]);
      return readAnswer(await collect(client, request, { most: MAX_BODY, signal }));
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

/**
 * All that came counts: some hang up before the end that they announced, or without one, and what came says who they
 * are all the same.
 */
function readAnswer({ status, headers, body, cut }: CollectedAnswer): ProbeAnswer {
  if (cut && body.length === 0) throw cut;
  const named = new Map<string, string>();
  for (let index = 0; index < headers.length; index += 2) {
    const name = (headers[index] as string).toLowerCase();
    const before = named.get(name);
    named.set(name, before === undefined ? (headers[index + 1] as string) : `${before},${headers[index + 1]}`);
  }
  const packed = named.get("content-encoding")?.includes("gzip");
  return { status, headers: named, body: (packed ? unpack(body) : body).toString("latin1") };
}

/** A body that is no gzip, or too much of it, is an answer that cannot be read: no controller that cannot be reached. */
function unpack(raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_UNPACKED, finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new UpstreamFault("controller-garbage", "probe-unpack", error);
  }
}
