import type { Hono } from "hono";
import { isNavigation, json, refuse } from "./answer.ts";
import { createApp, referenceOf } from "./app.ts";
import { type Bindings, readSettings, SettingsError } from "./settings.ts";

/** The Worker, or why it cannot work. */
type Ready = { readonly app: Hono } | { readonly fault: string };

let ready: Ready | undefined;

/** Variables do not change within an isolate: they are read and checked at its first request. */
async function prepare(bindings: Bindings): Promise<Ready> {
  try {
    const settings = await readSettings(bindings, { fetch: (...call) => fetch(...call), clock: () => Date.now() });
    return { app: createApp({ settings, fetch: (...call) => fetch(...call), now: () => Date.now() / 1000 }) };
  } catch (error) {
    if (error instanceof SettingsError) return { fault: error.message };
    throw error;
  }
}

function answerFault(request: Request, fault: string): Response {
  const reference = referenceOf(request);
  console.error(JSON.stringify({ event: "settings", fault, reference }));
  if (isNavigation(request)) return refuse(request, { reason: "internal-error", reference, cookie: "" });
  const error = "This address is not set up correctly. Its operator finds the reason in the Worker's log.";
  return json(500, { error }, reference);
}

export default {
  async fetch(request, bindings, context) {
    if (!ready) {
      // The promise is not kept: in workerd what one request began never ends once that request is gone.
      const prepared = await prepare(bindings);
      ready ??= prepared;
    }
    return "app" in ready ? ready.app.fetch(request, bindings, context) : answerFault(request, ready.fault);
  },
} satisfies ExportedHandler<Bindings>;
