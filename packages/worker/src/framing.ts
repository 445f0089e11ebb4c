/** Where a page can stand inside another one. */
const FRAMES = new Set(["iframe", "frame", "embed", "object", "fencedframe"]);

/**
 * A controller's page inside a foreign one is for clicks that its customer does not mean: on a sibling host, where all
 * cookies go along, another customer's controller could put it under its own buttons. Portals may show it, and the
 * controller itself; what it says of frames on its own account holds beside this.
 */
export function guardFraming(request: Request, answer: Response, portals: readonly string[]): Response {
  const { headers } = request;
  const framed = FRAMES.has(headers.get("sec-fetch-dest") ?? "");
  if (!framed || headers.get("sec-fetch-site") === "same-origin") return answer;
  const guarded = new Response(answer.body, answer);
  guarded.headers.append("content-security-policy", `frame-ancestors ${["'self'", ...portals].join(" ")}`);
  return guarded;
}
