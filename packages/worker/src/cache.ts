/** Files whose name changes with their content: a hash of eight or more hexadecimal digits before the ending. */
const HASHED = /[.-][0-9a-f]{8,64}(?:\.min|\.chunk)?\.(?:js|css|woff2?|png|svg|jpe?g|gif|ico)$/;
/** The controller's own words about keeping, and what makes an answer one visitor's. */
const SAID = ["cache-control", "expires", "pragma", "vary", "set-cookie"];
/** Seconds. An entry for another controller empties the browser's cache of the host. */
const LIFE = 3600;

/**
 * Lets the browser alone (no shared cache) keep a controller's assets, where the controller said nothing of its own:
 * only what is named by its content, whole, and sets no cookie.
 */
export function allowBrowserCache(request: Request, response: Response, remaining: number): Response {
  const fitting = request.method === "GET" && response.status === 200 && HASHED.test(new URL(request.url).pathname);
  if (!fitting || SAID.some((name) => response.headers.has(name)) || isPage(response)) return response;
  const kept = new Response(response.body, response);
  kept.headers.set("cache-control", `private, max-age=${Math.max(0, Math.min(LIFE, Math.floor(remaining)))}`);
  return kept;
}

/** A log-in page in a file's place, as controllers send it when their own session has ended. */
function isPage({ headers }: Response): boolean {
  return headers.get("content-type")?.includes("html") ?? false;
}
