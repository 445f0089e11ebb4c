import { ENTRY_PATH, RENEWED_CHANNEL } from "@sallyport/shared";
import type { Content } from "./page-layout.ts";

/**
 * Where the provider's page leads its window with a fresh token: `/.sallyport/renewed#token=…`. What stands behind the
 * `#` reaches no server and no log, and is taken out of the address first. The page then renews as any page of the
 * session may. (A message to the opener would be simpler, but controllers such as OpenBMC cut their pages off from the
 * windows that they open: Cross-Origin-Opener-Policy.)
 */
export function renewedPage(): Content {
  return {
    title: "Renewing your session …",
    body: `<p id="told" role="status">One moment.</p>`,
    script: SCRIPT,
    noScript: "<p>This page needs JavaScript to renew your session.</p>",
  };
}

const SCRIPT = `(async () => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  history.replaceState(null, "", location.pathname);
  const say = (title, text) => {
    document.title = document.querySelector("h1").textContent = title;
    document.getElementById("told").textContent = text;
  };
  const answer = token && await fetch("${ENTRY_PATH}", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ token }),
  }).catch((error) => error);
  if (answer?.ok) {
    new BroadcastChannel("${RENEWED_CHANNEL}").postMessage("renewed");
    say("Your session goes on", "You can close this window.");
    window.close();
  } else if (answer instanceof Response) {
    say("This does not continue your session", "It has ended, or the new link is for something else. Ask your provider for a link and open it by itself.");
  } else say("The session was not renewed", token ? "The server could not be reached. Try again." : "The provider's page sent no token.");
})()`;
