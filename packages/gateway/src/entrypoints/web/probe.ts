import { gunzipSync } from "node:zlib";
import type { Target } from "@sallyport/shared";
import type { Dispatcher } from "undici";
import { originOfTarget } from "../../platforms/authority.ts";
import type { Probe } from "../../platforms/detect.ts";
import type { ProbeAnswer } from "../../platforms/evidence.ts";
import { generic } from "../../platforms/generic.ts";
import { UpstreamFault, upstreamFault } from "../../pools/fault.ts";

/** How long a controller may take over one question, in milliseconds. */
const PATIENCE = 4_000;
/** As much of an answer as is looked at, in bytes: enough for Redfish's root and a log-in page. */
const MAX_BODY = 64 * 1024;

/**
 * Asks a controller without any log-in, as its own page would. Answers that cannot be read count as none; rejects with
 * `UpstreamFault` where there is nobody to ask.
 */
export function probeOver(client: Dispatcher, target: Target): Probe {
  return async (path) => {
    try {
      const answer = await client.request({
        method: "GET",
        path,
        headers: [...requestHeaders(target, path)],
        signal: AbortSignal.timeout(PATIENCE),
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
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY) throw new UpstreamFault("controller-garbage", "probe-too-large");
  }
  const raw = Buffer.concat(chunks);
  const packed = String(headers["content-encoding"] ?? "").includes("gzip");
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value ?? "")] as const);
  return {
    status: statusCode,
    headers: new Map(pairs),
    body: (packed ? gunzipSync(raw, { maxOutputLength: MAX_BODY * 8 }) : raw).toString("latin1"),
  };
}
