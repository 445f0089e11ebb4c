import { OcspFault } from "./fault.ts";
import type { Question } from "./question.ts";

/** No answer about one certificate is near that large. */
const MAX_ANSWER = 64 * 1024;

/**
 * Sends a question by POST (RFC 6960, A.1) and returns the answer's bytes; `timeout` (ms) is for all of it.
 * @throws OcspFault
 */
export async function askResponder({ url, der }: Question, timeout: number): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeout);
  const headers = { "content-type": "application/ocsp-request", accept: "application/ocsp-response" };
  try {
    const body = new Uint8Array(der);
    const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
    if (response.status === 200) return await readAll(response);
    await response.body?.cancel();
    throw new OcspFault(`it answered with HTTP status ${response.status}`);
  } catch (error) {
    if (error instanceof OcspFault) throw error;
    if (signal.aborted) throw new OcspFault(`no answer came within ${timeout} ms`);
    throw new OcspFault(`it cannot be reached (${wordOf(error)}): may this machine connect to it?`, { cause: error });
  }
}

async function readAll({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_ANSWER) throw new OcspFault(`its answer is longer than ${MAX_ANSWER} bytes`);
  }
  return Buffer.concat(chunks);
}

/** The system's word for it, which `fetch` keeps behind its own. */
function wordOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message;
}
