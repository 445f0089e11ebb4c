import { jwkKeySet, type KeySet } from "@sallyport/shared";

let keys: KeySet | undefined;

/** A key set kept for as long as the isolate lives, as the edge keeps its own. `?set=<url>` says where it is. */
function keysOf(url: string): KeySet {
  keys ??= jwkKeySet({
    load: async () => (await fetch(url, { redirect: "manual" })).json(),
    clock: () => Date.now(),
    joinLoads: false,
  });
  return keys;
}

// biome-ignore lint/style/noDefaultExport: a Worker is the default export of its module
export default {
  async fetch(request: Request): Promise<Response> {
    const set = new URL(request.url).searchParams.get("set") ?? "";
    const found = await keysOf(set).keysFor({ alg: "ES256", kid: "k7" });
    return Response.json({ found: found.length });
  },
};
