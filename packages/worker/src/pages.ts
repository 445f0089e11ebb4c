import type { Reason, RefusalKind } from "@sallyport/shared";
import { type Content, escapeHtml } from "./page-layout.ts";

/** What a page says: what happened, and what to do. */
interface Text {
  readonly title: string;
  readonly body: string;
}

const EXPIRED: Text = {
  title: "This link has expired",
  body: "Access was granted for a limited time, which is over. Open your provider's portal and ask for a new link.",
};

const BROKEN: Text = {
  title: "This link is not valid",
  body: "It may be incomplete or out of date. Open it exactly as you received it, or ask your provider for a new one.",
};

const USED: Text = {
  title: "This link was used already",
  body: "Each link works once. Open your provider's portal and ask for a new one. If you have not used it yourself, tell your provider.",
};

const BY_REASON: Partial<Record<Reason, Text>> = {
  "token-expired": EXPIRED,
  "token-not-yet-valid": {
    title: "This link is not valid yet",
    body: "It becomes valid at a later time. Try again shortly, or ask your provider.",
  },
  "token-host": {
    title: "This link belongs to another address",
    body: "It was made for another host name. Open the link exactly as you received it.",
  },
  "token-malformed": BROKEN,
  "token-type": BROKEN,
  "token-claim": BROKEN,
  "token-audience": BROKEN,
  "token-client": {
    title: "This link does not open from here",
    body: "It was issued for another network address than the one that you come from. Open it from there, or ask your provider for a new one.",
  },
  "token-duplicate": {
    title: "Two sessions at once",
    body: "Your browser sent two session cookies. Open your link again; if that does not help, delete this site's cookies.",
  },
  "gateway-unreachable": {
    title: "The way to the server is interrupted",
    body: "Your provider's gateway does not answer. Try again in a minute; if it stays so, tell your provider the reference below.",
  },
};

const BY_KIND: Readonly<Record<RefusalKind, Text>> = {
  "no-session": {
    title: "Open your link first",
    body: "This address opens with the link from your provider's portal. If you had it open before, your access has ended: ask for a new link.",
  },
  "bad-signature": BROKEN,
  "bad-session": {
    title: "Your access has ended",
    body: "This session is no longer valid. Open your provider's portal and ask for a new link.",
  },
  "used-link": USED,
  "no-target": { title: "Nothing to open here", body: "The request named no server. Open your link again." },
  forbidden: {
    title: "Not allowed",
    body: "This request was refused. Open the page from your link rather than from another site.",
  },
  "bad-request": { title: "That request could not be read", body: "Open your link again." },
  "bad-method": { title: "That request is not possible here", body: "Open your link again." },
  "too-slow": { title: "The request took too long", body: "Try again; if it stays so, look at your connection." },
  "too-large": {
    title: "The request is too large",
    body: "Your browser sent more than fits, usually too many cookies. Delete this site's cookies and open your link again.",
  },
  limited: {
    title: "Too many attempts",
    body: "Too many links were opened from here, or too many that are not valid. Try again in a minute.",
  },
  busy: { title: "Busy", body: "Too much is open at once right now. Try again in a few seconds." },
  unreachable: {
    title: "The server's controller cannot be reached",
    body: "It may be restarting, which takes a few minutes, or be disconnected. Try again; if it stays so, tell your provider the reference below.",
  },
  timeout: {
    title: "The server's controller does not answer",
    body: "Controllers can be slow, above all after a restart. Try again in a minute.",
  },
  fault: { title: "Something went wrong", body: "Try again. If it stays so, tell your provider the reference below." },
};

export interface RefusalPage {
  readonly kind: RefusalKind;
  readonly reason?: Reason;
  readonly reference: string;
  /** The provider's page that issues links, where one is known. */
  readonly renewUrl?: string | undefined;
}

/** What a new link from the provider mends. */
const NEEDS_LINK: ReadonlySet<RefusalKind> = new Set(["no-session", "bad-signature", "bad-session", "used-link"]);

/** Why there is no page of the controller's, and what to do about it. */
export function refusalPage({ kind, reason, reference, renewUrl }: RefusalPage): Content {
  const { title, body } = (reason && BY_REASON[reason]) ?? BY_KIND[kind];
  const next = renewUrl !== undefined && NEEDS_LINK.has(kind) ? `<p>${linkTo(renewUrl)}</p>` : "";
  return { title, body: `<p>${escapeHtml(body)}</p>${next}<small>Reference: ${escapeHtml(reference)}</small>` };
}

function linkTo(url: string): string {
  return `<a class="go" href="${escapeHtml(url)}">Get a new link</a>`;
}
