import { ask, logIn, logOut, session } from "/js/api.js";

const $ = (selector) => document.querySelector(selector);

async function show() {
  const loggedIn = session() !== null;
  $("form").hidden = loggedIn;
  $("section").hidden = !loggedIn;
  $("#logout").hidden = !loggedIn;
  if (loggedIn) showPower((await ask("GET", "/api/chassis-status")).power_status);
}

function showPower(status) {
  $("#power").textContent = status === 1 ? "On" : "Off";
}

async function switchPower(power_command) {
  showPower((await ask("POST", "/api/actions/power", { power_command })).power_command);
}

$("form").onsubmit = async (event) => {
  event.preventDefault();
  const { username, password } = event.target;
  const result = await logIn(username.value, password.value);
  if (result.ok === 0) await show();
  else $("[role=alert]").textContent = result.error;
};
$("#logout").onclick = () => logOut().then(show);
$("#off").onclick = () => switchPower(0);
$("#on").onclick = () => switchPower(1);
$("#viewer").onclick = () => open("/viewer.html");
await show();
