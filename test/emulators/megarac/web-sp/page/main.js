import { rpc } from "/page/rpc.js";

const $ = (selector) => document.querySelector(selector);
const show = ({ JF_STATE }) => {
  $("#power").textContent = JF_STATE === "1" ? "On" : "Off";
};

$("#off").onclick = async () => show(await rpc("POST", "/rpc/hostctl.asp", { WEBVAR_POWER_CMD: 0 }));
$("#logout").onclick = async () => {
  await rpc("GET", "/rpc/WEBSES/logout.asp");
  sessionStorage.clear();
  location.assign("/page/login.html");
};
$("section").hidden = false;
$("#logout").hidden = false;
show(await rpc("GET", "/rpc/hoststatus.asp"));
