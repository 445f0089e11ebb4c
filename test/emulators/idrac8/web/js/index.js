const [, st1, st2] = /ST1=(\w+)[,&]ST2=(\w+)/.exec(location.search) ?? [];
const $ = (id) => document.getElementById(id);

/** Everything under /data wants the second token in a header. */
async function data(query) {
  const answer = await fetch(`/data?${query}`, { method: "POST", headers: { ST2: st2 } });
  if (!answer.ok) throw new Error(`/data?${query}: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/xml");
}

async function showPower(query = "get=pwState") {
  const xml = await data(query);
  $("power").textContent = xml.querySelector("pwState").textContent === "1" ? "On" : "Off";
}

async function showFirmware() {
  const answer = await fetch("/session?aimGetProp=fwVersion");
  const { aimGetProp } = await answer.json();
  // The language of the interface comes in a header with an underscore.
  $("firmware").textContent = `${aimGetProp.fwVersion} (${answer.headers.get("X_Language")})`;
}

$("power-off").onclick = () => showPower("set=pwState:0&get=pwState");
$("power-on").onclick = () => showPower("set=pwState:1&get=pwState");
$("launch").onclick = () => open(`/console?ST1=${st1}`);
$("logout").onclick = () => location.assign("/data/logout");
$("preview").src = `/capconsole/scapture0.png?ST1=${st1}&${Date.now()}`;
document.querySelector("main").hidden = false;
$("logout").hidden = false;
await Promise.all([showPower(), showFirmware()]);
