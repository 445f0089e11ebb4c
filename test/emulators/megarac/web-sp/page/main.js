import { rpc } from "/page/rpc.js";

const show = ({ JF_STATE }) => {
  document.getElementById("power").textContent = JF_STATE === "1" ? "On" : "Off";
};

document.getElementById("off").onclick = async () =>
  show(await rpc("POST", "/rpc/hostctl.asp", { WEBVAR_POWER_CMD: 0 }));
document.getElementById("logout").onclick = async () => {
  await rpc("GET", "/rpc/WEBSES/logout.asp");
  sessionStorage.clear();
  location.assign("/page/login.html");
};
show(await rpc("GET", "/rpc/hoststatus.asp"));
