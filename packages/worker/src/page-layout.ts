import { randomId } from "@sallyport/shared";

/** A page before it has its frame. */
export interface Content {
  readonly title: string;
  /** Markup. */
  readonly body: string;
  /** Code that runs as soon as the page is read. */
  readonly script?: string;
  /** Markup for browsers that run no scripts. */
  readonly noScript?: string;
}

export interface PageOptions {
  readonly status: number;
  /** Show in a frame of this host's own pages, too. */
  readonly framed?: boolean;
  /** Its script asks this host for something. */
  readonly connects?: boolean;
  /** Default: `no-referrer`. A form's browser says where it comes from under `same-origin` only. */
  readonly referrerPolicy?: "no-referrer" | "same-origin";
  readonly headers?: Readonly<Record<string, string>>;
}

const STYLE =
  ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f6f8fa,#0d1117);color:light-dark(#1f2328,#e6edf3)}main{box-sizing:border-box;width:min(32rem,100vw - 2rem);padding:2rem;background:light-dark(#fff,#161b22);border:1px solid light-dark(#d1d9e0,#30363d);border-radius:12px}h1{font-size:1.35rem;margin:0 0 .75rem}p{margin:0 0 .75rem}small{color:light-dark(#59636e,#9198a1)}a,button{font:inherit}button,.go{display:inline-block;border:0;border-radius:6px;background:light-dark(#0969da,#1f6feb);color:#fff;padding:.5rem 1rem;text-decoration:none;cursor:pointer}";

/** A page of ours: kept by nobody, told to nobody, nothing loaded, no script but its own, framed by no other host. */
export function renderPage(content: Content, options: PageOptions): Response {
  const { status, framed = false, connects = false, referrerPolicy = "no-referrer", headers } = options;
  const nonce = randomId();
  return new Response(html(content, nonce), {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": referrerPolicy,
      "x-content-type-options": "nosniff",
      "x-frame-options": framed ? "SAMEORIGIN" : "DENY",
      "content-security-policy": policy(content.script === undefined ? undefined : nonce, { framed, connects }),
      ...headers,
    },
  });
}

function policy(nonce: string | undefined, { framed, connects }: { framed: boolean; connects: boolean }): string {
  const script = nonce === undefined ? "" : ` script-src 'nonce-${nonce}';`;
  const connect = connects ? " connect-src 'self';" : "";
  const ancestors = framed ? "'self'" : "'none'";
  return `default-src 'none'; style-src 'unsafe-inline';${script}${connect} form-action 'self'; base-uri 'none'; frame-ancestors ${ancestors}`;
}

function html({ title, body, script, noScript }: Content, nonce: string): string {
  const heading = escapeHtml(title);
  const without = noScript === undefined ? "" : `<noscript>${noScript}</noscript>`;
  const code = script === undefined ? "" : `<script nonce="${nonce}">${script}</script>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${heading}</title><style>${STYLE}</style>${without}</head><body><main><h1>${heading}</h1>${body}</main>${code}</body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
