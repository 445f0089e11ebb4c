import { END_PATH, ENTRY_PATH, type Result, randomId } from "@sallyport/shared";
import { type Context, Hono } from "hono";
import { presentAnswer, refuse } from "./answer.ts";
import { allowBrowserCache } from "./cache.ts";
import { forward } from "./forward.ts";
import { createGate } from "./gate.ts";
import { createGateways } from "./gateways.ts";
import { createReporter } from "./report.ts";
import { endSession, enterByLink, enterByPost, type SessionParts } from "./session.ts";
import type { Settings } from "./settings.ts";

export interface AppOptions {
  readonly settings: Settings;
  readonly fetch: typeof fetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** The edge as a Hono application: the entry's three routes, and everything else on to the gateway. */
export function createApp({ settings, fetch, now }: AppOptions): Hono {
  const parts: SessionParts = {
    settings,
    now,
    gate: createGate(settings),
    gateways: createGateways({ fetch, now }),
  };
  const reporter = createReporter(settings.sentryDsn, fetch);
  const app = new Hono({ strict: true });

  app.get(ENTRY_PATH, (c) => answer(c, settings, () => enterByLink(parts, c.req.raw)));
  app.post(ENTRY_PATH, (c) => answer(c, settings, () => enterByPost(parts, c.req.raw)));
  app.post(END_PATH, (c) => answer(c, settings, () => endSession(parts, c.req.raw)));
  app.all("*", (c) => answer(c, settings, () => pass(parts, c.req.raw)));
  app.onError((error, c) => {
    console.error(`failed: ${error.name}`);
    const sent = reporter.report(error, c.req.path === ENTRY_PATH ? "entry" : "pass");
    if (hasExecutionContext(c)) c.executionCtx.waitUntil(sent);
    return refuse(c.req.raw, { reason: "internal-error", reference: referenceOf(c.req.raw), cookie: settings.cookie });
  });
  return app;
}

async function pass(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const admitted = await parts.gate.check(request, parts.now());
  if (!admitted.ok) return admitted;
  const answer = await forward(parts, request, admitted.value);
  if (!answer.ok || !parts.settings.cacheAssets) return answer;
  return { ok: true, value: allowBrowserCache(request, answer.value, admitted.value.claims.exp - parts.now()) };
}

/** Every outcome becomes an answer here, and every refusal a log line with its reason and nothing secret. */
async function answer(c: Context, settings: Settings, act: () => Promise<Result<Response>>): Promise<Response> {
  const request = c.req.raw;
  const outcome = await act();
  if (outcome.ok) return presentAnswer(request, outcome.value);
  const reference = referenceOf(request);
  const { reason, detail } = outcome;
  console.log(JSON.stringify({ decision: "deny", reason, detail, reference, method: request.method }));
  return refuse(request, { reason, detail, reference, cookie: settings.cookie });
}

function referenceOf(request: Request): string {
  return request.headers.get("cf-ray") ?? randomId();
}

/** Hono throws where there is none, as in a test without a runtime around it. */
function hasExecutionContext(c: Context): boolean {
  try {
    return c.executionCtx !== undefined;
  } catch {
    return false;
  }
}
