import { RENEWED_CHANNEL, SESSION_PATH } from "@sallyport/shared";

/** How long before the end a customer is told, in seconds. */
const WARNING = 60;

/**
 * Runs in a controller's page, in a tab. It asks how long the session lasts, an hour later at most once more (another
 * tab may have renewed it; browsers wrap timers beyond 24.8 days), and says so a minute before the end. Renewal takes a
 * click: a console that nobody sits at ends when it was to end. The provider's page opens in a window of its own, which
 * comes back to this host by the edge's own page (`RENEWED_PATH`).
 */
export const NOTICE_SCRIPT = `"use strict";
(() => {
  const WARNING = ${WARNING};
  let ends = Infinity, renew, timer, box;

  const left = () => Math.max(0, Math.ceil((ends - Date.now()) / 1000));
  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(tick, Math.min(seconds, 3600) * 1000);
  };

  async function look() {
    const answer = await fetch("${SESSION_PATH}", { cache: "no-store", redirect: "error" });
    if (answer.status === 401 || answer.status === 403) ends = Date.now();
    if (!answer.ok) return;
    const status = await answer.json();
    ends = Date.now() + status.remaining * 1000;
    renew = status.renew;
  }

  async function tick() {
    const before = left();
    // Not each second: the server need not be asked for what a clock tells.
    if (before > WARNING || before % 10 === 0) await look().catch((error) => console.warn("sallyport:", error));
    show();
    if (left() > WARNING) later(left() - WARNING);
    else if (left() > 0) later(1);
  }

  function show() {
    if (left() > WARNING) {
      box?.remove();
      box = undefined;
      return;
    }
    box ??= makeBox();
    const over = left() === 0;
    box.text.textContent = over ? "Your access has ended. " + (renew ? "" : "Ask your provider for a new link.")
      : "Your access ends in " + left() + " s. " + (renew ? "" : "Save your work, or open a new link from your provider.");
    box.button.hidden = !renew;
    box.button.textContent = over ? "Get a new link" : "Stay connected";
  }

  function makeBox() {
    const host = document.createElement("sallyport-notice");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{all:initial}div{position:fixed;z-index:2147483647;right:16px;bottom:16px;box-sizing:border-box;max-width:min(26rem,calc(100vw - 32px));padding:14px 16px;border:1px solid #d1d9e0;border-left:4px solid #bf8700;border-radius:8px;background:#fff;color:#1f2328;font:15px/1.45 system-ui,sans-serif;box-shadow:0 6px 24px #0004}button{display:block;margin-top:10px;border:0;border-radius:6px;background:#0969da;color:#fff;font:inherit;padding:6px 14px;cursor:pointer}[hidden]{display:none}button:focus-visible{outline:3px solid #1f2328;outline-offset:2px}");
    root.adoptedStyleSheets = [sheet];
    const frame = document.createElement("div");
    frame.setAttribute("role", "alert");
    const [text, button] = ["span", "button"].map((name) => document.createElement(name));
    button.addEventListener("click", open);
    frame.append(text, button);
    root.append(frame);
    document.documentElement.append(host);
    return { text, button, remove: () => host.remove() };
  }

  function open() {
    if (left() === 0) location.assign(renew);
    else window.open(renew, "_blank", "noopener,width=520,height=640");
  }

  const again = () => look().catch((error) => console.warn("sallyport:", error)).then(tick);
  new BroadcastChannel("${RENEWED_CHANNEL}").onmessage = again;
  // A machine that slept, a clock that was set: what the timer waited for is past, or further away.
  document.addEventListener("visibilitychange", () => document.hidden || again());
  void tick();
})();
`;
