const CONSOLE = "/cgi/url_redirect.cgi?url_name=man_ikvm_html5_bootstrap";
const $ = (id) => document.getElementById(id);

/** A change carries the token of this page in a header whose name the page was given. */
async function operate(op, r) {
  const body = new URLSearchParams({ op, r });
  const answer = await fetch("/cgi/op.cgi", { method: "POST", headers: globalThis.csrf, body });
  if (!answer.ok) throw new Error(`${op}: ${answer.status}`);
  const xml = new DOMParser().parseFromString(await answer.text(), "text/xml");
  $("power").textContent = xml.querySelector("POWER").getAttribute("STATUS");
}

$("off").onclick = () => operate("SET_POWER_INFO.XML", "(1,0)");
$("on").onclick = () => operate("SET_POWER_INFO.XML", "(1,1)");
$("console").onclick = () => open(CONSOLE);
document.querySelector("section").hidden = false;
await operate("POWER_INFO.XML", "(0,0)");
