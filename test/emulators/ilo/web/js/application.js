import { logIn, logOut, sessionKey } from "/js/session.js";

const SYSTEM = "/redfish/v1/Systems/1/";
const $ = (selector) => document.querySelector(selector);
let events = null;

async function show() {
  const loggedIn = sessionKey() !== undefined;
  $("form").hidden = loggedIn;
  $("section").hidden = !loggedIn;
  $("#logout").hidden = !loggedIn;
  events?.close();
  if (!loggedIn) return;
  events = new EventSource("/sse/ui");
  events.addEventListener("ui", ({ data }) => {
    $("#events").textContent = JSON.parse(data).number;
  });
  const answer = await fetch(SYSTEM, { headers: { "X-Auth-Token": sessionKey() } });
  $("#power").textContent = (await answer.json()).PowerState;
}

async function reset(ResetType) {
  const headers = { "X-Auth-Token": sessionKey(), "Content-Type": "application/json" };
  const body = JSON.stringify({ ResetType });
  const answer = await fetch(`${SYSTEM}Actions/ComputerSystem.Reset/`, { method: "POST", headers, body });
  $("#power").textContent = (await answer.json()).PowerState;
}

$("form").onsubmit = async (event) => {
  event.preventDefault();
  const { user, password } = event.target;
  if (await logIn(user.value, password.value)) await show();
  else $("[role=alert]").textContent = "The log-in was refused.";
};
$("#logout").onclick = () => logOut().then(show);
$("#off").onclick = () => reset("ForceOff");
$("#on").onclick = () => reset("On");
$("#console").onclick = () => window.open("/irc.html");
await show();
