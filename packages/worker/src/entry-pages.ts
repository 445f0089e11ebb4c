import { ENTRY_PATH } from "@sallyport/shared";
import { type Content, escapeHtml } from "./page-layout.ts";

/** Takes the link's token out of the address bar and of what the Back button goes to. */
const FORGET = `history.replaceState(null,"","/")`;
const GO = `<p><a class="go" href="/">Continue to the server</a></p>`;

/**
 * What a link leads to: it moves on by itself. A redirect would not do: cookies of the controller that are
 * SameSite=Strict would be missing on a navigation that began elsewhere, and the link would stay in the tab's history.
 */
export function onwardPage(): Content {
  return {
    title: "Opening your server …",
    body: GO,
    script: `${FORGET};location.replace("/")`,
    noScript: `<meta http-equiv="refresh" content="0;url=/">`,
  };
}

/** The same, but there is something to read first. `told`: the gateway knows, and has closed what was open. */
export function replacedPage({ told }: { readonly told: boolean }): Content {
  const consoles = told ? "its pages and consoles no longer work" : "its pages no longer work";
  return {
    title: "Your earlier session here has ended",
    body: `<p>Another session was open in this browser under this address. It has been ended: ${consoles}.</p>${GO}`,
    script: FORGET,
  };
}

/** The form field by which our own page says that it hands a portal's customer on. */
export const HANDED_OVER = "handed-over";

/**
 * Posts the token once more, from this host: on a form of another site's the browser leaves this host's cookies out, and
 * an earlier session of its could neither be seen nor ended.
 */
export function handOverPage(token: string): Content {
  const field = (name: string, value: string) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
  return {
    title: "Opening your server …",
    body: `<form id="entry" method="post" action="${ENTRY_PATH}">${field("token", token)}${field(HANDED_OVER, "1")}<button>Continue to the server</button></form>`,
    script: `history.replaceState(null,"","${ENTRY_PATH}");document.getElementById("entry").submit()`,
  };
}

export function endedPage(): Content {
  const body = "Your session is closed and its cookies are gone. To come back, ask your provider for a new link.";
  return { title: "Session ended", body: `<p>${body}</p>` };
}
