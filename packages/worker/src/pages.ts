import type { Reason, RefusalKind } from "@sallyport/shared";

/** What a page says: what happened, and what to do. */
interface Text {
  readonly title: string;
  readonly body: string;
}

const EXPIRED: Text = {
  title: "This link has expired",
  body: "Access was granted for a limited time, which is over. Open your provider's portal and ask for a new link.",
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
  "token-duplicate": {
    title: "Two sessions at once",
    body: "Your browser sent two session cookies. Open your link again; if that does not help, delete this site's cookies.",
  },
};

const BY_KIND: Readonly<Record<RefusalKind, Text>> = {
  "no-session": {
    title: "Open your link first",
    body: "This address opens with the link from your provider's portal. If you had it open before, your access has ended: ask for a new link.",
  },
  "bad-signature": {
    title: "This link is not valid",
    body: "It may be incomplete or out of date. Open it exactly as you received it, or ask your provider for a new one.",
  },
  "bad-session": {
    title: "Your access has ended",
    body: "This session is no longer valid. Open your provider's portal and ask for a new link.",
  },
  "no-target": { title: "Nothing to open here", body: "The request named no server. Open your link again." },
  forbidden: {
    title: "Not allowed",
    body: "This request was refused. Open the page from your link rather than from another site.",
  },
  "bad-request": { title: "That request could not be read", body: "Open your link again." },
  "bad-method": { title: "That request is not possible here", body: "Open your link again." },
  "too-large": {
    title: "The request is too large",
    body: "Your browser sent more than fits, usually too many cookies. Delete this site's cookies and open your link again.",
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

const STYLE =
  ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f6f8fa,#0d1117);color:light-dark(#1f2328,#e6edf3)}main{box-sizing:border-box;width:min(32rem,100vw - 2rem);padding:2rem;background:light-dark(#fff,#161b22);border:1px solid light-dark(#d1d9e0,#30363d);border-radius:12px}h1{font-size:1.35rem;margin:0 0 .75rem}p{margin:0 0 .75rem}small{color:light-dark(#59636e,#9198a1)}a,button{font:inherit}button,.go{display:inline-block;border:0;border-radius:6px;background:light-dark(#0969da,#1f6feb);color:#fff;padding:.5rem 1rem;text-decoration:none;cursor:pointer}";

/** What every page of ours carries: kept by nobody, told to nobody, nothing loaded, framed by nobody. */
export function pageHeaders(nonce?: string): Record<string, string> {
  const script = nonce === undefined ? "" : ` script-src 'nonce-${nonce}';`;
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": `default-src 'none'; style-src 'unsafe-inline';${script} form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  };
}

interface Document {
  readonly title: string;
  readonly content: string;
  readonly head?: string;
}

function html({ title, content, head = "" }: Document): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)}</title><style>${STYLE}</style>${head}</head><body><main><h1>${escapeHtml(title)}</h1>${content}</main></body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface RefusalPage {
  readonly kind: RefusalKind;
  readonly reason?: Reason;
  readonly reference: string;
}

export function refusalPage({ kind, reason, reference }: RefusalPage): string {
  const { title, body } = (reason && BY_REASON[reason]) ?? BY_KIND[kind];
  return html({ title, content: `<p>${escapeHtml(body)}</p><small>Reference: ${escapeHtml(reference)}</small>` });
}

export interface EntryPage {
  readonly nonce: string;
  /** A session for another controller, or another one of this host, was ended by this entry. */
  readonly replaced: boolean;
}

/**
 * What a link leads to: it moves on by itself and leaves no entry with the token in the tab's history. A redirect would
 * not do: cookies of the controller that are SameSite=Strict would be missing on a navigation that began elsewhere.
 */
export function entryPage({ nonce, replaced }: EntryPage): string {
  const go = `<p><a class="go" href="/">Continue to the server</a></p>`;
  if (replaced) {
    const content = `<p>Another session was open in this browser under this address. It has been ended: its pages and consoles no longer work.</p>${go}`;
    return html({ title: "Your earlier session here has ended", content });
  }
  const script = `<script nonce="${nonce}">location.replace("/")</script>`;
  const refresh = `<noscript><meta http-equiv="refresh" content="0;url=/"></noscript>`;
  return html({ title: "Opening your server …", content: go, head: refresh + script });
}

export function endedPage(): string {
  const body = "Your session is closed and its cookies are gone. To come back, ask your provider for a new link.";
  return html({ title: "Session ended", content: `<p>${body}</p>` });
}
