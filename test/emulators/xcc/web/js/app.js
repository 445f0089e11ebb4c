import { ask, logIn, logOut, token } from "/js/api.js";

const POWER = "/api/providers/power";
const $ = (selector) => document.querySelector(selector);

async function show() {
  const loggedIn = token() !== null;
  $("form").hidden = loggedIn;
  $("section").hidden = !loggedIn;
  $("#logout").hidden = !loggedIn;
  if (loggedIn) showPower(await ask("GET", POWER));
}

function showPower({ power }) {
  $("#power").textContent = power;
}

$("form").onsubmit = (event) => {
  event.preventDefault();
  const { user, password } = event.target;
  logIn(user.value, password.value).then(show, (error) => {
    $("[role=alert]").textContent = error.message;
  });
};
$("#logout").onclick = () => logOut().then(show);
$("#off").onclick = async () => showPower(await ask("POST", POWER, { power: "Off" }));
$("#on").onclick = async () => showPower(await ask("POST", POWER, { power: "On" }));
$("#console").onclick = () => open("/console.html");
await show();
