import {
  allow,
  deny,
  END_PATH,
  ENTRY_PATH,
  Header,
  RENEWED_PATH,
  type Result,
  randomId,
  SESSION_PATH,
} from "@sallyport/shared";
import { type Context, Hono } from "hono";
import { presentAnswer, type RefusalNames, refuse } from "./answer.ts";
import { allowBrowserCache } from "./cache.ts";
import type { SessionParts } from "./control.ts";
import { enterByLink, enterByPost } from "./entry.ts";
import { forward } from "./forward.ts";
import { guardFraming } from "./framing.ts";
import { createGate } from "./gate.ts";
import { createGateways } from "./gateways.ts";
import { addNotice, renewed, sessionStatus } from "./notice.ts";
import { endSession } from "./renewal.ts";
import { createReporter } from "./report.ts";
import type { Settings } from "./settings.ts";
import { isPlain, toSecure } from "./view.ts";

export interface AppOptions {
  readonly settings: Settings;
  readonly fetch: typeof fetch;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

type Act = (request: Request) => Promise<Result<Response>>;

/** The edge as a Hono application: the paths that are its own, and everything else on to the gateway. */
export function createApp({ settings, fetch, now }: AppOptions): Hono {
  const gateways = createGateways({ fetch: settings.certificate?.fetch ?? fetch, now });
  const parts: SessionParts = { settings, now, gate: createGate(settings), gateways };
  const reporter = createReporter({ dsn: settings.sentryDsn, fetch, now });
  // The path as it would go on: a raw `/x/../gpsession` must not pass by our own routes.
  const app = new Hono({ strict: true, getPath: pathOf });
  const answered = (act: Act) => (c: Context) => answer(c.req.raw, settings, act);

  app.all(
    NO_PATH,
    answered(async () => deny("request-form", "url")),
  );
  app.all("*", async (c, next) => (isPlain(c.req.raw) ? answer(c.req.raw, settings, toSecure) : next()));
  app.get(
    ENTRY_PATH,
    answered((request) => enterByLink(parts, request)),
  );
  app.post(
    ENTRY_PATH,
    answered((request) => enterByPost(parts, request)),
  );
  app.post(
    END_PATH,
    answered((request) => endSession(parts, request)),
  );
  app.get(RENEWED_PATH, answered(renewed));
  app.get(
    SESSION_PATH,
    answered((request) => sessionStatus(parts, request)),
  );
  // Ours alone: what stands in their queries is not the controller's to see.
  for (const path of [ENTRY_PATH, END_PATH, RENEWED_PATH, SESSION_PATH])
    app.all(
      path,
      answered(async () => deny("request-method")),
    );
  app.all(
    "*",
    answered((request) => pass(parts, request)),
  );
  app.onError((error, c) => {
    const reference = referenceOf(c.req.raw);
    console.error(JSON.stringify({ event: "failed", error: error.name, reference }));
    const sent = reporter.report(error, { route: c.req.path.startsWith(ENTRY_PATH) ? "entry" : "pass", reference });
    if (hasExecutionContext(c)) c.executionCtx.waitUntil(sent);
    return refuse(c.req.raw, { reason: "internal-error", reference, ...namesIn(settings) });
  });
  return app;
}

/** What no path looks like: the target of a request that is no URL, such as the `*` of an OPTIONS. */
const NO_PATH = "*no-path*";

function pathOf({ url }: Request): string {
  return URL.canParse(url) ? new URL(url).pathname : NO_PATH;
}

async function pass(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const admitted = await parts.gate.check(request, parts.now());
  if (!admitted.ok) return admitted;
  const forwarded = await forward(parts, request, admitted.value);
  if (!forwarded.ok) return forwarded;
  const { cacheAssets, portalOrigins, notice } = parts.settings;
  const clothed = presentAnswer(request, forwarded.value, namesIn(parts.settings));
  const guarded = guardFraming(request, clothed, portalOrigins);
  const presented = notice && isControllers(forwarded.value) ? addNotice(request, guarded) : guarded;
  if (!cacheAssets) return allow(presented);
  return allow(allowBrowserCache(request, presented, admitted.value.claims.exp - parts.now()));
}

/** What refusals need of the settings. */
function namesIn({ cookie, renewal }: Settings): RefusalNames {
  return { cookie, renewUrl: renewal.url };
}

/** No refusal of a gateway's. */
function isControllers({ headers }: Response): boolean {
  return !headers.has(Header.refusal);
}

/** Every outcome becomes an answer here, and every refusal a log line with its reason and nothing secret. */
async function answer(request: Request, settings: Settings, act: Act): Promise<Response> {
  const outcome = await act(request);
  if (outcome.ok) return outcome.value;
  const reference = referenceOf(request);
  const { reason, detail } = outcome;
  console.log(JSON.stringify({ decision: "deny", reason, detail, reference, method: request.method }));
  return refuse(request, { reason, reference, ...namesIn(settings) });
}

/** Cloudflare's id of the request, which its logs have too. */
export function referenceOf(request: Request): string {
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
