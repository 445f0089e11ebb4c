import type { Hono } from "hono";
import { json } from "./answer.ts";
import { createApp } from "./app.ts";
import { type Bindings, readSettings } from "./settings.ts";

let ready: { readonly app: Hono } | { readonly fault: string } | undefined;

/** Variables do not change within an isolate: they are read and checked at its first request. */
function prepare(bindings: Bindings): { readonly app: Hono } | { readonly fault: string } {
  try {
    const settings = readSettings(bindings, { fetch: (...call) => fetch(...call), clock: () => Date.now() });
    return { app: createApp({ settings, fetch: (...call) => fetch(...call), now: () => Date.now() / 1000 }) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message : "unknown" };
  }
}

export default {
  fetch(request, bindings, context) {
    ready ??= prepare(bindings);
    if ("app" in ready) return ready.app.fetch(request, bindings, context);
    console.error(`this Worker's settings do not work: ${ready.fault}`);
    return json(500, {
      error: "This address is not set up correctly. Its operator finds the reason in the Worker's log.",
    });
  },
} satisfies ExportedHandler<Bindings>;
