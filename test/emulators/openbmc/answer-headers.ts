// An OpenBMC controller as bmcweb is: its log-in, CSRF rule, headers, limits, WebSockets and Redfish paths follow the
// source of bmcweb (7debb89, August 2026). The web page in web/ is our own, with root-absolute paths as the real one's.
import type { OutgoingHttpHeaders } from "node:http";

const EVERYWHERE: OutgoingHttpHeaders = {
  "Strict-Transport-Security": "max-age=31536000; includeSubdomains",
  Pragma: "no-cache",
  "Cache-Control": "no-store, max-age=0",
  "X-Content-Type-Options": "nosniff",
};

const ON_PAGES: OutgoingHttpHeaders = {
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(),display-capture=(),fullscreen=(),geolocation=(),microphone=(),usb=()",
  "X-Permitted-Cross-Domain-Policies": "none",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": [
    "default-src 'none'",
    "img-src 'self' data:",
    "font-src 'self'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self' wss:",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
  ].join("; "),
};

/** On every answer; HTML pages get the second set too. */
export function answerHeaders(contentType: string): OutgoingHttpHeaders {
  return contentType.startsWith("text/html") ? { ...EVERYWHERE, ...ON_PAGES } : EVERYWHERE;
}

/** On the 101 of a WebSocket. */
export const upgradeHeaders = {
  "Strict-Transport-Security": "max-age=31536000; includeSubdomains; preload",
  Pragma: "no-cache",
  "Cache-Control": "no-Store,no-Cache",
  "Content-Security-Policy": "default-src 'self'",
  "X-XSS-Protection": "1; mode=block",
  "X-Content-Type-Options": "nosniff",
} as const;
