import { addressInUrl } from "@sallyport/shared";
import { answered, namesVendor, REDFISH_ROOT } from "./evidence.ts";
import { generic } from "./generic.ts";
import { cookieLogin } from "./login.ts";
import type { AnswerHead, Passage, Platform } from "./platform.ts";
import { editConsolePages, firstEdit, pathOf } from "./second-ports.ts";

const CONSOLE_PORT = 5900;
const TICKET_PATH = "/sysmgmt/2015/server/vconsole";
const INFO_PATH = "/sysmgmt/2015/bmc/info";
/** Told to the console before it closes; without it the slot stays taken, with no timeout by default. */
const WINDOW_CLOSE = Uint8Array.of(0xf7, 0x00, 0xf9);

/**
 * Dell iDRAC9 (firmware 3 to 7), and iDRAC10 as far as is known. Host must be its own from 5.10 on, files are there for
 * who takes gzip only, and the console's ticket holds the controller's own address and port twice: in a URL, and in
 * that URL's query. Firmware 4 has the console on port 5900 unless set otherwise.
 */
export const idrac9: Platform = {
  ...generic,
  name: "idrac9",
  label: "Dell iDRAC9",
  legacyTls: false,
  secondPorts: [CONSOLE_PORT],
  connections: 6,
  bodyEdit: firstEdit(editTicket, editConsolePages({ ports: [CONSOLE_PORT], pages: /vconsole|console|viewer/i })),
  login: cookieLogin({
    cookie: "-http-session-",
    token: { header: "XSRF-TOKEN", required: true },
    method: "DELETE",
    path: "/sysmgmt/2015/bmc/session",
  }),
  farewell: (path) => (/^\/v[nm]c\/vconsole(?:\?|$)/.test(path) ? WINDOW_CLOSE : undefined),
  probes: [...REDFISH_ROOT, INFO_PATH],
  recognise: (evidence) => answered(evidence, INFO_PATH, /./s) && namesVendor(evidence, /^dell$/i),
};

/** The page's idea of host and port becomes ours; a console on port 5900 keeps that, for the page's script to lead on. */
function editTicket(passage: Passage, { status }: AnswerHead): ReturnType<NonNullable<Platform["bodyEdit"]>> {
  if (status !== 200 || pathOf(passage) !== TICKET_PATH) return undefined;
  const { address, port } = passage.target;
  const host = escapePattern(addressInUrl(address));
  // How firmware writes an IPv6 address into the query is not known: with brackets or without, escaped or not.
  const forms = [addressInUrl(address), address].flatMap((form) => [form, encodeURIComponent(form)]);
  const inQuery = [...new Set(forms)].map(escapePattern).join("|");
  const ours = new URL(passage.publicOrigin);
  const ourPort = ours.port === "" ? "443" : ours.port;
  return (body) =>
    body
      .replace(new RegExp(`https?:(\\\\?/\\\\?/)${host}(?::[0-9]+)?(?=[\\\\/?#"])`, "gi"), `https:$1${ours.host}`)
      .replace(new RegExp(`([?&]ip=)(?:${inQuery})(?=[&"])`, "gi"), `$1${ours.hostname}`)
      .replace(new RegExp(`([?&]kvmport=)(?:443|${port})(?=[&"])`, "g"), `$1${ourPort}`);
}

function escapePattern(text: string): string {
  return text.replace(/[.[\]\\^$*+?(){}|]/g, "\\$&");
}
