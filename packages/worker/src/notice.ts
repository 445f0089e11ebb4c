import { allow, NOTICE_SCRIPT_PATH, type Result } from "@sallyport/shared";
import { json } from "./answer.ts";
import type { SessionParts } from "./control.ts";
import { renderPage } from "./page-layout.ts";
import { renewalPage } from "./renewal-page.ts";
import { renewedPage } from "./renewed-page.ts";

/** `GET /.sallyport/renewed`: the same for everybody; its script asks for itself. */
export async function renewed(): Promise<Result<Response>> {
  return allow(renderPage(renewedPage(), { status: 200, connects: true }));
}

/**
 * `GET /.sallyport/session` from a page of the session: `{remaining, renew?}`, in seconds (the browser's clock may be
 * wrong) and the address of the provider's page that issues a fresh token.
 */
export async function sessionStatus(parts: SessionParts, request: Request): Promise<Result<Response>> {
  const now = parts.now();
  const admitted = await parts.gate.check(request, now);
  if (!admitted.ok) return admitted;
  const { claims, view } = admitted.value;
  return allow(
    json(200, { remaining: claims.exp - now, renew: renewalPage(parts.settings.renewal, claims, view.origin) }),
  );
}

const TAG = `<script src="${NOTICE_SCRIPT_PATH}" defer></script>`;

/** Adds the script to a page that a tab shows: once, and not in its frames. Everything else is left as it came. */
export function addNotice(request: Request, answer: Response): Response {
  const isPage = answer.status === 200 && answer.headers.get("content-type")?.toLowerCase().startsWith("text/html");
  if (!isPage || request.method !== "GET" || request.headers.get("sec-fetch-dest") !== "document") return answer;
  let added = false;
  return new HTMLRewriter()
    .on("head", {
      element(head) {
        if (!added) head.append(TAG, { html: true });
        added = true;
      },
    })
    .transform(answer);
}
